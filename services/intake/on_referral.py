"""What every endpoint about one referral begins and ends with: who may work on it, and how it is shown afterwards."""

from __future__ import annotations

from typing import Any

from chassis.http import Answer, Call
from chassis.outbox import Teller
from services.intake import access, looking
from services.intake.casework.case import Case, Worker
from services.intake.store import IntakeStore
from services.intake.vault import Vault


class OnReferral:
    """The dependencies, and the two ends."""

    store: IntakeStore
    tell: Teller
    vault: Vault

    def case(self, call: Call, referral_id: str) -> Case:
        """The referral, locked, as the caller last saw it. Raises NotFound, 412 when it changed meanwhile, or 428."""
        sight = access.sight_of(self.store, call.caller)
        referral = access.visible(self.store, sight, self.store.locked_referral(referral_id))
        call.about(referral["participant_id"])
        call.expect(str(referral["version"]), at=f"/referrals/{referral_id}")
        worker = Worker("partner" if sight.partner else "coordinator", call.caller.id)
        return Case(self.store, self.vault, self.tell, referral, worker)

    def shown(self, call: Call, referral_id: str, status: int = 200, *, decided: bool = False) -> Answer:
        """The referral as the caller may see it, with its tag.

        Who just decided sees what came of it, though it may have gone to another library.
        """
        sight = access.sight_of(self.store, call.caller)
        row = self.store.referral(referral_id)
        referral: dict[str, Any] = row if row and decided else access.visible(self.store, sight, row)
        payload = looking.referral(self.store, self.vault, sight, referral, call.caller)
        return Answer(payload, status=status, etag=str(referral["version"]))
