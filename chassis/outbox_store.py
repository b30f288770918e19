"""What operators ask of the outbox: how much waits, who was told what, and tell it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chassis.database import Connection
from chassis.locks import RELAY, advisory_key
from chassis.queries import Queries
from chassis.store import Store

_QUERIES = Queries.load(Path(__file__).parent / "sql" / "outbox_store.sql")


@dataclass(frozen=True, slots=True)
class OutboxWaiting:
    """How many events wait to be published, and the age of the oldest in seconds (0 when none waits)."""

    depth: int
    oldest_seconds: float


def replay(connection: Connection, subject: str | None = None, since: datetime | None = None) -> int:
    """Put what was published back into the outbox, with the same event ids: all, of one subject, or since a moment.

    Harmless: whoever took an event before takes it as a repetition. They go by the bulk lane, in the order in which
    they were told. The number put back; an event that waits already is not counted. Reaches back as far as `published`
    is kept. The caller commits.
    """
    with connection.cursor() as cursor:
        cursor.execute(_QUERIES["replay_published"], {"subject": subject, "since": since})
        return int(cursor.rowcount)


class OutboxStore(Store, sql="outbox_store.sql"):
    """A mixin for every service's store."""

    def replay(self, subject: str | None = None, since: datetime | None = None) -> int:
        """As :func:`replay`, in this unit."""
        return self.run("replay_published", subject=subject, since=since)

    def outbox_waiting(self) -> OutboxWaiting:
        return OutboxWaiting(**(self.row("outbox_waiting") or {}))

    def flow_heads(self, after: str | None, limit: int) -> list[dict[str, Any]]:
        """Subjects behind `after` with `last_sequence` and `last_time`, ordered by subject."""
        return self.rows("flow_heads", after=after, limit=limit)

    def relay_is_active(self) -> bool:
        """Whether a relay holds this database's lock."""
        return bool(self.value("relay_is_active", key=advisory_key(RELAY)))
