"""What intake keeps while people work on a referral: what they did and wrote, and until when they get in touch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from chassis.store import Store

Row = dict[str, Any]
After = tuple[Any, ...] | None

FACTS: Final = (
    "postcode4", "spoken_level", "spoken_level_how", "spoken_level_on", "literacy", "literacy_how", "literacy_on",
    "digital_skill", "learner_track", "availability", "features", "civic_integration_duty", "target_group",
    "informed_how",
)  # fmt: skip
"""What can be changed of a referral in the open: what matching and counting look at, and how it was found."""


class CaseworkStore(Store, sql="casework.sql"):
    """Each change is of a referral whose row is locked."""

    def add_casework(self, record: Row) -> None:
        """What somebody did."""
        self.run("add_casework", **record, now=self.now)

    def casework(self, casework_id: str) -> Row | None:
        """One record of it."""
        return self.row("casework", casework_id=casework_id)

    def page_of_casework(self, referral_id: str, what: Iterable[str], after: After, limit: int) -> list[Row]:
        """A page of what was done about a referral, newest first, of these sorts."""
        after_at, after_id = after or (None, None)
        return self.rows("page_of_casework", referral_id=referral_id, what=list(what), after_at=after_at,
                         after_id=after_id, limit=limit)  # fmt: skip

    def put_on_hold(self, referral_id: str, question_id: str) -> None:
        """Until the partner answers this question."""
        self.run("put_on_hold", referral_id=referral_id, question_id=question_id)

    def take_off_hold(self, referral_id: str, contact_by: date | None) -> None:
        """The question was answered; the library gets in touch until then."""
        self.run("take_off_hold", referral_id=referral_id, contact_by=contact_by)

    def change_contact(
        self, referral_id: str, contact: str, intake_at: datetime | None = None, try_on: date | None = None
    ) -> None:  # fmt: skip
        """Somebody tried to reach the participant; `intake_at` is when the talk will be that was planned now."""
        self.run("change_contact", referral_id=referral_id, contact=contact, intake_at=intake_at, try_on=try_on)

    def change_facts(self, referral: Row) -> None:
        """What is known, as it is now: FACTS, and what is sealed with the referral."""
        facts = {name: referral[name] for name in (*FACTS, "sealed")}
        self.run("change_facts", referral_id=referral["referral_id"], **facts)

    def change_person(self, participant_id: str, sealed: bytes) -> None:
        """What is known of a participant, sealed, as it is now."""
        self.run("change_person", participant_id=participant_id, sealed=sealed)

    def end_referral(self, referral_id: str) -> None:
        """Nobody has to decide, answer or get in touch any more."""
        self.run("end_referral", referral_id=referral_id)

    def transfer(self, referral_id: str, library_id: str, triage_reasons: list[str], contact_by: date | None) -> None:
        """To another library, which decides anew."""
        self.run("transfer_referral", referral_id=referral_id, library_id=library_id, triage_reasons=triage_reasons,
                 contact_by=contact_by)  # fmt: skip

    def linked_here(self, participant_id: str, library_id: str) -> tuple[str | None, list[str]]:
        """As whom this library counts a participant, and whom it counts as that one, earliest first. All are locked."""
        self.rows("lock_known", participant_id=participant_id, library_id=library_id)
        own, *others = self.rows("lock_linked", participant_id=participant_id)
        return own["same_as"], [row["participant_id"] for row in others]

    def forget_here(self, participant_id: str, library_id: str, instead: str | None) -> None:
        """This library recognises the participant no longer; `instead` is known there first, if somebody stays."""
        if instead is None:
            self.run("forget_known", participant_id=participant_id, library_id=library_id)
        else:
            self.run("know_instead", participant_id=participant_id, library_id=library_id, instead=instead)

    def unlink(self, participant_ids: list[str]) -> None:
        """They are counted for themselves."""
        self.run("unlink_participants", participant_ids=participant_ids)

    def past_deadline(self, today: date, limit: int, put_off: Sequence[str] = ()) -> list[Row]:
        """Referrals, locked, whose library should have been in touch before today, and that was not told yet; but
        none of those put off.
        """
        return self.rows("past_deadline", today=today, limit=limit, put_off=list(put_off))

    def note_overdue(self, referral_ids: Collection[str]) -> None:
        """That these are too late is told now."""
        self.run("note_overdue", referral_ids=list(referral_ids), now=self.now)

    def owe_nothing(self, referral_ids: Collection[str]) -> None:
        """These are over."""
        self.run("owe_nothing", referral_ids=list(referral_ids))
