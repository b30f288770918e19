"""What became of deliveries: counted, measured and logged once it is committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

import structlog

from chassis import metrics
from chassis.inbox.reading import Letter

log = structlog.get_logger()


@dataclass(slots=True)
class Outcome:
    """Letters by what became of them."""

    applied: list[Letter] = field(default_factory=list)
    repeated: list[Letter] = field(default_factory=list)
    deferred: list[Letter] = field(default_factory=list)
    parked: list[Letter] = field(default_factory=list)

    def add(self, other: Outcome) -> Self:
        self.applied += other.applied
        self.repeated += other.repeated
        self.deferred += other.deferred
        self.parked += other.parked
        return self

    def report(self, queue: str) -> None:
        """Say it; only after the commit that made it true."""
        self._count(queue)
        now = datetime.now(UTC)
        for letter in self.applied:
            if letter.event is not None and letter.time is not None:
                metrics.event_lag.labels(letter.event.type).observe(max(0.0, (now - letter.time).total_seconds()))
        for letter in self.deferred:
            log.warning("event_deferred", queue=queue, event_id=letter.id, type=type_of(letter), failure=letter.error)
        for letter in self.parked:
            log.error(
                "event_parked", queue=queue, event_id=letter.id, type=type_of(letter), reason=letter.reason,
                failure=letter.error,
            )  # fmt: skip

    def _count(self, queue: str) -> None:
        groups: dict[str, Sequence[Letter]] = {
            "applied": self.applied, "repeated": self.repeated, "deferred": self.deferred, "parked": self.parked,
        }  # fmt: skip
        for outcome, letters in groups.items():
            for letter in letters:
                metrics.events_heard.labels(type_of(letter), outcome).inc()
        given_back = (letter for letter in (*self.applied, *self.deferred, *self.parked) if letter.redeliveries)
        metrics.events_again.labels(queue).inc(len(self.repeated) + sum(1 for _ in given_back))


def type_of(letter: Letter) -> str:
    """The event's type, or `unreadable`: bytes from outside choose no label."""
    return letter.event.type if letter.event is not None else "unreadable"
