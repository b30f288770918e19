"""What happens in the other services, as far as notifications hears of it."""

from __future__ import annotations

import uuid
from typing import Any

from contracts.activities import NeedUnplaced, ParticipantEnrolled, PlaceHeld
from contracts.envelope import Event
from contracts.intake import (
    LibraryRegistered,
    PartnerRegistered,
    ReferralAccepted,
    ReferralFileProcessed,
    ReferralReceived,
)
from tests.support.publishers import Publishers


def some_id() -> str:
    return str(uuid.uuid4())


class World(Publishers):
    """Tells events in library words; everything is kept in `told`."""

    def library(self, language: str = "nl", mailbox: str | None = None, name: str = "Bibliotheek Voorbeeld") -> str:
        """A library takes part; its id."""
        library_id = some_id()
        mailbox = mailbox or f"taalhuis@{library_id}.example"
        self.tell(LibraryRegistered, library_id=library_id, name=name, mailbox=mailbox, language=language, serves=[])
        return library_id

    def partner(self, name: str = "VluchtelingenWerk") -> str:
        """A partner may refer; its id."""
        partner_id = some_id()
        self.tell(
            PartnerRegistered, partner_id=partner_id, name=name, status="active", municipalities=[],
            tokens_valid_from=self.now,
        )  # fmt: skip
        return partner_id

    def referral(self, library_id: str | None, partner_id: str, **changed: Any) -> dict[str, Any]:
        """Someone was referred, and by rule accepted unless there are `triage_reasons`; what was said of it."""
        triage = changed.pop("triage_reasons", [])
        about = {
            "referral_id": some_id(),
            "participant_id": some_id(),
            "partner_id": partner_id,
            "library_id": library_id,
            "municipality": "GM0153",
            "referral_file_id": None,
            "received_at": self.now,
            "needs": [{"need_id": some_id(), "goal": "speaking", "kind": "language-group"}],
        } | changed
        self.tell(ReferralReceived, **about, triage_reasons=triage)
        if not triage:
            self.accept(about)
        return about

    def accept(self, about: dict[str, Any], **changed: Any) -> Event:
        return self.tell(ReferralAccepted, **about | {"accepted_by": "rule"} | changed)

    def file(self, partner_id: str, shares: dict[str, tuple[int, int]], file_id: str | None = None) -> Event:
        """A file was taken in: for each library how many were accepted and how many left in triage."""
        taken_in = sum(map(sum, shares.values()))
        return self.tell(
            ReferralFileProcessed, referral_file_id=file_id or some_id(), partner_id=partner_id, rows=taken_in,
            taken_in=taken_in, repeated=0, refused=0,
            libraries=[
                {"library_id": library, "accepted": accepted, "triage": left}
                for library, (accepted, left) in shares.items()
            ],
        )  # fmt: skip

    def unplaced(self, about: dict[str, Any]) -> Event:
        return self.tell(NeedUnplaced, **self._need(about), reasons=["times-differ"])

    def held(self, about: dict[str, Any]) -> Event:
        return self.tell(PlaceHeld, **self._place(about))

    def enrolled(self, about: dict[str, Any]) -> Event:
        return self.tell(ParticipantEnrolled, **self._place(about))

    def _need(self, about: dict[str, Any]) -> dict[str, Any]:
        need = about["needs"][0]
        return {name: about[name] for name in ("referral_id", "library_id", "municipality")} | {
            "need_id": need["need_id"],
            "kind": need["kind"],
        }

    def _place(self, about: dict[str, Any]) -> dict[str, Any]:
        need = self._need(about)
        return need | {"enrolment_id": need["need_id"], "activity_id": some_id(), "starts_at": self.now}
