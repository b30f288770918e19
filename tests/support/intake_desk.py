"""Intake without servers: registering, referring and deciding straight at its reception, each in a transaction."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from chassis.identity import Caller
from chassis.testing import Harness
from contracts.activities import EnrolmentEnded, NeedUnplaced, ParticipantEnrolled, ParticipantWaitlisted, PlaceHeld
from contracts.envelope import Event
from services.intake import organisations
from services.intake.casework import deciding, placing
from services.intake.casework.case import Case, Worker
from services.intake.domain.referral import Agreement, findings, normalised, tidy
from services.intake.files.storing import store_file
from services.intake.reception import Reception
from services.intake.records import Incoming, Received, amsterdam_day
from services.intake.schemas.organisations import NewPartner
from services.intake.schemas.referring import NewReferral
from tests.support.events import event
from tests.support.intake_process import referral

HERE = "GM0150"
STARTS = "2026-12-01T09:00:00+00:00"

_told = itertools.count(1)
"""Numbers for what planning tells: of each subject they rise, which is all that counts here."""


class Desk:
    """One library that serves `HERE`, one partner, and whatever is done with them."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.library_id = self.library(HERE)
        self.partner_id = self.partner()

    def library(self, *municipalities: str, kinds: tuple[str, ...] = ()) -> str:
        """A new library; its id."""
        serves = [{"municipality": code, "kinds": list(kinds)} for code in municipalities]
        said = {"name": f"Bibliotheek {uuid.uuid4().hex}", "mailbox": "taalhuis@example.org", "language": "nl",
                "serves": serves, "contact_within_days": 5, "closures": []}  # fmt: skip
        with self.harness.unit() as unit:
            service = self.harness.service(unit)
            return str(organisations.register_library(service.store, service.tell, said)[0]["library_id"])

    def partner(self, *municipalities: str) -> str:
        """A new partner; its id."""
        asked = {"name": f"Partner {uuid.uuid4().hex}", "municipalities": list(municipalities), "feedback": ["placed"]}
        said = NewPartner().load(asked)
        with self.harness.unit() as unit:
            service = self.harness.service(unit)
            return str(organisations.register_partner(service.store, service.tell, said)[0]["partner_id"])

    def refer(self, *said: dict[str, Any], partner_id: str | None = None) -> list[Received]:
        """These referrals at once, or one that is complete."""
        with self.harness.unit() as unit:
            service = self.harness.service(unit)
            reception = Reception(service.store, service.vault, service.tell)
            incoming = [Incoming(self._checked(one, service.store.now)) for one in said or (referral(),)]
            return reception.take_in(partner_id or self.partner_id, incoming)

    @staticmethod
    def _checked(said: dict[str, Any], now: Any) -> dict[str, Any]:
        loaded = tidy(NewReferral().load(said))
        assert findings(loaded, today=amsterdam_day(now), agreed=Agreement()) == []
        return normalised(loaded)

    def push(self, raw: bytes, partner_id: str | None = None) -> str:
        """Put a file down; its id. The timer `take-in-files` works it off."""
        with self.harness.unit() as unit:
            service = self.harness.service(unit)
            return store_file(service.store, service.vault, partner_id or self.partner_id, raw,
                              file_name="aanmeldingen.csv", breathe=lambda: None)  # fmt: skip

    def work(self, referral_id: str, done: Callable[..., Any], *said: Any, by: str = "coordinator") -> None:
        """What somebody does about a referral: a function of `services.intake.casework`, and what goes with it."""
        with self.harness.unit() as unit:
            service = self.harness.service(unit)
            locked = service.store.locked_referral(referral_id)
            done(Case(service.store, service.vault, service.tell, locked, Worker(by, f"{by}-7")), *said)

    def decide(self, referral_id: str, **said: Any) -> None:
        """What a coordinator of the library decides: `accept`, `reject` or `answer`, with what goes with it."""
        if "accept" in said:
            caller = Caller("coordinator-7", "staff", libraries=frozenset({self.library_id}))
            self.work(referral_id, deciding.accept, said["accept"], caller)
        elif "reject" in said:
            self.work(referral_id, deciding.reject, said["reject"])
        else:
            self.work(referral_id, placing.answer, said["need_id"], said["answer"])

    def needs(self, referral_id: str) -> list[tuple[str, list[str]]]:
        """Per need its phase and the words of its timeline."""
        rows = self.harness.rows(
            "select n.phase, array_agg(s.what order by s.step_id) as steps from intake.need n "
            "join intake.need_step s using (need_id) where n.referral_id = %s group by n.need_id order by n.position",
            referral_id,
        )
        return [(row["phase"], row["steps"]) for row in rows]

    def status(self, referral_id: str) -> str:
        rows = self.harness.rows("select status from intake.referral where referral_id = %s", referral_id)
        return str(rows[0]["status"])


def _about(made: Received, need: int) -> dict[str, Any]:
    return {"referral_id": made.referral_id, "need_id": made.needs[need]["need_id"], "municipality": HERE,
            "library_id": made.referral["library_id"], "kind": made.needs[need]["kind"]}  # fmt: skip


def placed(
    kind: type[PlaceHeld | ParticipantEnrolled | EnrolmentEnded], made: Received, enrolment_id: str,
    *, need: int = 0, **more: Any,
) -> Event:  # fmt: skip
    """A fact about a place."""
    data = {**_about(made, need), "enrolment_id": enrolment_id, "activity_id": str(uuid.uuid4()),
            "starts_at": datetime.fromisoformat(STARTS), **more}  # fmt: skip
    return event(kind, enrolment_id, data, sequence=next(_told))


def waitlisted(made: Received, *, need: int = 0) -> Event:
    """A need joined the waiting list."""
    data = _about(made, need) | {"position": 3}
    return event(ParticipantWaitlisted, data["need_id"], data, sequence=next(_told))


def unplaced(made: Received, *reasons: str, need: int = 0) -> Event:
    """Nothing suits a need."""
    data = _about(made, need) | {"reasons": list(reasons)}
    return event(NeedUnplaced, data["need_id"], data, sequence=next(_told))
