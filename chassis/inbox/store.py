"""What the inbox writes in the transaction of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from chassis.inbox.reading import Letter
from chassis.inbox.sorting import can_be_remembered
from chassis.store import Store


class InboxStore(Store):
    """Taken ids, and the letters that were put aside."""

    def take(self, letters: Iterable[Letter]) -> tuple[set[str], set[str]]:
        """Write the inbox rows; the ids that were not there yet, and the partition keys in which something waits.

        What the inbox cannot remember is never a repetition, so always new; the table `parked` knows it once.
        """
        rows, new = [], set()
        for letter in sorted(letters, key=lambda letter: letter.id):
            remembered = can_be_remembered(letter)
            rows.append((letter.id, letter.time if remembered else None, letter.partition_key))
            if not remembered:
                new.add(letter.id)
        found = self.run_values("take", rows)
        new |= {row["new"] for row in found if row["new"]}
        return new, {row["blocked"] for row in found if row["blocked"]}

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
