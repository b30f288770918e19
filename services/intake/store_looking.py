"""What people look at of referrals beyond one row: timelines, and who is in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
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

    def queue(self, library_ids: Collection[str], wanted: Row, after: tuple[Any, ...] | None, limit: int) -> list[Row]:
        """A page of what has to be done, what is due first on top; each row with `due_on`.

        `wanted`: `todo`, `municipality`, `before` (received by then), `late_on` (deadline passed on that day),
        `again_on` (after an attempt in vain to be tried again by that day).
        """
        due, at, last = after or (None, None, None)
        filters = {name: wanted.get(name) for name in ("todo", "municipality", "before", "late_on", "again_on")}
        return self.rows("queue", library_ids=list(library_ids), **filters, after_due=due, after_at=at, after_id=last,
                         limit=limit)  # fmt: skip

    def queue_counts(self, library_ids: Collection[str], todos: Collection[str], today: date, most: int) -> Row:
        """How much there is to do of each, of what is `late` and of what is to be tried `again`; up to `most`."""
        wanted = {"library_ids": list(library_ids), "todos": list(todos), "late_on": today, "again_on": today}
        rows = self.rows("queue_counts", **wanted, most=most)
        return {row["todo"]: row["number"] for row in rows}
