"""What each queue's consumer of this process is doing, for health, metrics and operators."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from chassis import metrics
from chassis.health import Unwell
from chassis.inbox.outcome import Outcome

State = Literal[
    "starting", "active", "standby", "closed", "database-away", "broker-away", "failing", "draining", "stopped"
]
_WELL: Final = frozenset({"starting", "active", "standby", "draining", "stopped"})


@dataclass(slots=True)
class QueueStatus:
    """One queue. `lag_seconds` is from the last applied event's own time until it was applied."""

    queue: str
    partition: int
    state: State = "starting"
    reason: str | None = None
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    lag_seconds: float | None = None

    def turn(self, state: State, reason: str | None = None) -> bool:
        """Note the state; whether it is another than before."""
        changed = state != self.state
        if changed:
            self.since = datetime.now(UTC)
        self.state, self.reason = state, reason
        metrics.consumer_active.labels(self.queue).set(state == "active")
        return changed

    def applied(self, outcome: Outcome) -> None:
        """Note how far behind this queue is."""
        times = [letter.time for letter in outcome.applied if letter.time is not None]
        if times:
            self.lag_seconds = max(0.0, (datetime.now(UTC) - times[-1]).total_seconds())


board: Final[dict[str, QueueStatus]] = {}
"""By name of queue: those that this process was given."""


def ask() -> dict[str, Any]:
    """For the health page. Raises Unwell when a queue is neither consumed here nor waited for."""
    unwell = [f"{one.queue} {one.state}" + (f" ({one.reason})" if one.reason else "")
              for one in board.values() if one.state not in _WELL]  # fmt: skip
    if unwell:
        raise Unwell("; ".join(unwell))
    return {"queues": {one.queue: one.state for one in board.values()}}
