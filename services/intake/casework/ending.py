"""How needs end before or beside a place: the partner takes the referral back, or the library ends them."""

from __future__ import annotations

from typing import Any

from chassis.http import BadInput, NotFound
from contracts.casework import ReferralClosed, ReferralWithdrawn
from services.intake.casework.case import Case
from services.intake.casework.texts import checked
from services.intake.domain.needs import Step

Row = dict[str, Any]


def withdraw(case: Case, reason: str) -> None:
    """The partner takes it back, or says that it was entered in error. Raises Conflict."""
    step = Step.ENTERED_IN_ERROR if reason == "entered-in-error" else Step.WITHDRAWN
    case.take(step, reason=reason)
    case.record(step, {"reason": reason})
    case.store.end_referral(case.id)
    about = {name: case.referral[name] for name in ("partner_id", "library_id")}
    case.tell(ReferralWithdrawn, reason=reason, **about)


def close(case: Case, said: Row) -> None:
    """End these needs, or all that are open, with a reason. Raises Conflict, NotFound or BadInput."""
    onward = said.get("onward") or {}
    if (said["reason"] == "referred-onward") != bool(onward):
        raise BadInput.field("onward", "Say where the person goes on, and only then.", "onward-needed")
    needs = said.get("need_ids")
    if needs is not None and not set(needs) <= case.course.needs.keys():
        raise NotFound("This referral has no such need.")
    written = checked(onward, "name") | checked(said, "text")
    ended = case.take(Step.CLOSED, needs=dict.fromkeys(needs) if needs else None, reason=said["reason"])
    told = {"reason": said["reason"], "onward_to": onward.get("to"), "warm_handover": onward.get("warm_handover")}
    case.record(Step.CLOSED, told | {"need_ids": list(ended)}, written)
    over = not case.course.open
    if over:
        case.store.end_referral(case.id)
    about = {name: case.referral[name] for name in ("partner_id", "library_id")}
    case.tell(ReferralClosed, need_ids=list(ended), over=over, **told, **about)
