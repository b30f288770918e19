"""What operators ask of the outbox: how much waits, who was told what, and tell it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chassis.locks import RELAY, advisory_key
from chassis.store import Store

LOT: Final = 5000
"""Events that are put back by one transaction: well below a second of the half minute that a statement may take."""


@dataclass(frozen=True, slots=True)
class OutboxWaiting:
    """How many events wait to be published, and the age of the oldest in seconds (0 when none waits)."""

    depth: int
    oldest_seconds: float


class OutboxStore(Store, sql="outbox_store.sql"):
    """A mixin for every service's store."""

    def replay(self, subject: str | None = None, since: datetime | None = None, after: int = 0) -> dict[str, Any]:
        """Put a lot of what was published back into the outbox, with the same event ids: of one subject, since a
        moment, or both, behind the lot before, which ended `after`.

        Harmless: whoever took an event before takes it as a repetition. They go by the bulk lane, in the order in which
        they were told. `replayed` is the number put back, without what waits already; `next` is where this lot ended,
        None when it was the last. Reaches back as far as `published` is kept.
        """
        return self.row("replay_published", subject=subject, since=since, after=after, most=LOT) or {}

    def outbox_waiting(self) -> OutboxWaiting:
        return OutboxWaiting(**(self.row("outbox_waiting") or {}))

    def flow_heads(self, after: str | None, limit: int) -> list[dict[str, Any]]:
        """Subjects behind `after` with `last_sequence` and `last_time`, ordered by subject."""
        return self.rows("flow_heads", after=after, limit=limit)

    def relay_is_active(self) -> bool:
        """Whether a relay holds this database's lock."""
        return bool(self.value("relay_is_active", key=advisory_key(RELAY)))
