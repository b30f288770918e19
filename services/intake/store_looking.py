"""What people look at of referrals beyond one row: timelines, and who is in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from chassis.store import Store

Row = dict[str, Any]


class LookingStore(Store, sql="looking.sql"):
    """Only reads."""

    def timeline_of(self, referral_id: str, what: Iterable[str], after: int | None, limit: int) -> list[Row]:
        """A page of what happened to a referral, newest first; `after` is the `step_id` of the entry before."""
        return self.rows("timeline_of", referral_id=referral_id, what=sorted(what), after=after, limit=limit)

    def casework_at(self, referral_id: str, moments: Collection[datetime]) -> dict[tuple[datetime, str], Row]:
        """What was written down at these moments, by moment and sort."""
        rows = self.rows("casework_at", referral_id=referral_id, moments=list(moments))
        return {(row["recorded_at"], row["what"]): row for row in rows}

    def answers_of(self, referral_id: str) -> dict[tuple[datetime, str], Row]:
        """The participant's answers about places, by when they were written down and what they were."""
        rows = self.rows("answers_of", referral_id=referral_id)
        return {(row["recorded_at"], row["answer"]): row for row in rows}

    def staff_of(self, person_indexes: Collection[bytes]) -> dict[bytes, Row]:
        """Members of staff, sealed, by index."""
        rows = self.rows("staff_of", person_indexes=list(person_indexes))
        return {bytes(row["person_index"]): row for row in rows}
