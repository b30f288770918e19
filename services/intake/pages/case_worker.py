"""Who refers, filled in for them: the name of the sign-in, and what they typed last while they are signed in."""

from __future__ import annotations

from typing import Any, Final

from chassis.pages import PageCall
from services.intake.staff import Staff

COOKIE: Final = "meedoen-case-worker"
_PURPOSE: Final = "case-worker"


def known(call: PageCall, staff: Staff) -> dict[str, Any]:
    """The fields of the form with what is known of who is signed in."""
    if call.session is None:
        return {}
    value = call.sent_cookies.get(call.visits.cookies.named(COOKIE))
    facts = call.visits.seals.open(_PURPOSE, value) or {}
    last = facts if facts.get("session") == call.session.id else {}
    email = last["email"] if "email" in last else staff.email_of(call.session.id)
    name = last.get("name") or call.session.name
    return {"caseWorker.name": name, "caseWorker.phone": last.get("phone"), "caseWorker.email": email}


def remember(call: PageCall, case_worker: dict[str, Any]) -> None:
    """Sealed in this browser and of use in this session alone: the next person at this computer finds nothing."""
    if call.session is None:
        return
    facts = {"session": call.session.id} | {name: case_worker.get(name) for name in ("name", "phone", "email")}
    hours = call.visits.settings.hours
    sealed = call.visits.seals.seal(_PURPOSE, facts)
    call.cookies.append(call.visits.cookies.write(COOKIE, sealed, hours * 3600))
