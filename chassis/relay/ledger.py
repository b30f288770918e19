"""The outbox as the relay sees it: one connection that holds the lock, listens, reads and moves."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg2

from chassis.database import Database
from chassis.locks import RELAY, advisory_key
from chassis.partitions import days_ahead, drop_days, make_days
from chassis.queries import Queries
from chassis.wakeup import CHANNEL

_QUERIES = Queries.load(Path(__file__).parent.parent / "sql" / "relay.sql")
_STATEMENT_TIMEOUT_MS: Final = 15_000
_DAYS_AHEAD: Final = 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of the outbox."""

    lane: int
    id: int
    event_id: str
    type: str
    partition_key: str
    body: str


class Ledger:
    """Connects when made. What raises psycopg2.Error leaves it of no use, and the lock is given up with it."""

    def __init__(self, database: Database) -> None:
        self._connection = database.dedicated(statement_timeout_ms=_STATEMENT_TIMEOUT_MS)
        self._connection.autocommit = True

    def close(self) -> None:
        """Give up the lock. Never raises."""
        with contextlib.suppress(psycopg2.Error):
            self._connection.close()

    def try_lock(self) -> bool:
        """Become the active relay of this database, unless another is. Then listen for wake-ups."""
        if not self._rows("try_lock", key=advisory_key(RELAY))[0][0]:
            return False
        with self._connection.cursor() as cursor:
            cursor.execute(f"listen {CHANNEL}")
        return True

    def waiting(self, limit: int) -> list[Waiting]:
        """What is to be published next, in order; interactive before bulk."""
        self._connection.notifies.clear()
        return [Waiting(*row) for row in self._rows("waiting", limit=limit)]

    def move(self, sent: Sequence[Waiting]) -> None:
        """These were confirmed: from the outbox to `published`."""
        with self._connection.cursor() as cursor:
            cursor.execute(_QUERIES["move_to_published"], _keys(sent))

    def move_and_read_on(self, sent: Sequence[Waiting], limit: int) -> list[Waiting]:
        """The same, and what is to be published next: both in one message and one transaction."""
        self._connection.notifies.clear()
        with self._connection.cursor() as cursor:
            move = cursor.mogrify(_QUERIES["move_to_published"], _keys(sent))
            read = cursor.mogrify(_QUERIES["waiting"], {"limit": limit})
            cursor.execute(b";\n".join([move, read]))
            return [Waiting(*row) for row in cursor.fetchall()]

    def maintain(self, retention_days: int) -> None:
        """Make the next days of `published` and drop those older than this many days."""
        today = datetime.now(UTC).date()
        self._connection.autocommit = False
        try:
            make_days(self._connection, "chassis", "published", "published_at", days_ahead(today, _DAYS_AHEAD))
            drop_days(self._connection, "chassis", "published", today - timedelta(days=retention_days))
        except psycopg2.errors.LockNotAvailable:
            pass  # in use; the default partition takes the rows, and the next hour tries again
        finally:
            self._connection.autocommit = True

    def fileno(self) -> int:
        """Readable when a wake-up came, or the connection ended."""
        return self._connection.fileno()

    def woken(self) -> bool:
        """Take in what the server said meanwhile; whether it said that there is work."""
        self._connection.poll()
        return bool(self._connection.notifies)

    def _rows(self, query: str, **params: Any) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(_QUERIES[query], params)
            return cursor.fetchall()


def _keys(rows: Sequence[Waiting]) -> dict[str, list[int]]:
    return {"lanes": [row.lane for row in rows], "ids": [row.id for row in rows]}
