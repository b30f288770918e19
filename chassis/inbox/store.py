"""What the inbox writes in the transaction of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from chassis.inbox.reading import Letter
from chassis.store import Store


class InboxStore(Store):
    """Taken ids, and the letters that were put aside."""

    def take(self, letters: Iterable[Letter]) -> set[str]:
        """Write the inbox rows; the ids that were not there yet."""
        rows = [(letter.id, letter.time) for letter in letters if letter.time is not None]
        return {row["event_id"] for row in self.run_values("take", sorted(rows))}

    def blocked_keys(self, keys: Iterable[str]) -> set[str]:
        """Those of these partition keys in which something waits."""
        wanted = sorted(set(keys))
        return {row["partition_key"] for row in self.rows("blocked_keys", keys=wanted)} if wanted else set()

    def put_aside(self, letters: Sequence[Letter], queue: str) -> None:
        """Park those with a reason and put the others in line behind their key, all in their order of arrival."""
        if not letters:
            return
        arrivals = sorted(row["arrival"] for row in self.rows("arrivals", count=len(letters)))
        numbered = list(zip(letters, arrivals, strict=True))
        self.run_values("park", [
            (*_row(letter, arrival, queue), letter.reason, letter.error, letter.redeliveries)
            for letter, arrival in numbered if letter.reason is not None
        ])  # fmt: skip
        self.run_values("defer", [
            (*_row(letter, arrival, queue), 0, self.now, None)
            for letter, arrival in numbered if letter.reason is None
        ])  # fmt: skip

    def defer(self, letter: Letter, queue: str, *, error: dict[str, Any], next_attempt_at: datetime) -> None:
        """Put an event that failed at the head of its key's line, with its first attempt behind it."""
        arrival = self.value("arrivals", count=1)
        self.run_values("defer", [(*_row(letter, arrival, queue), 1, next_attempt_at, error)])

    def record_attempt(self, event_id: str) -> int:
        """Count one more attempt; how many there were, this one included."""
        return int(self.value("record_attempt", event_id=event_id))

    def recorded_attempts(self, event_id: str) -> int:
        return int(self.value("recorded_attempts", event_id=event_id) or 0)

    def forget_attempts(self, event_id: str) -> None:
        self.run("forget_attempts", event_id=event_id)


def _row(letter: Letter, arrival: int, queue: str) -> tuple[Any, ...]:
    return (
        letter.id, arrival, letter.partition_key, letter.type, letter.source, letter.subject, letter.time,
        letter.raw, queue,
    )  # fmt: skip
