"""The right to handle one queue: a lock on the very connection that commits its batches."""

from __future__ import annotations

import time
from typing import Self

import structlog

from chassis.database import Connection, Database
from chassis.locks import advisory_key

log = structlog.get_logger()

_PING_S = 5.0


class Hold:
    """A database connection of its own with, once :meth:`taken`, the queue's session lock.

    Whoever loses the connection has lost the lock and can commit nothing any more, so never do two processes handle
    one queue, whatever the broker believes.
    """

    def __init__(self, database: Database, queue: str) -> None:
        self._database = database
        self._key = advisory_key(f"inbox:{queue}")

    def __enter__(self) -> Self:
        self.connection: Connection = self._database.dedicated()
        self._asked_at = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def taken(self) -> bool:
        """Whether the lock is ours now. Raises what the database raises."""
        return self._ask("select pg_try_advisory_lock(%s)")

    def ping(self) -> None:
        """Notice that the database is away while nothing arrives. Raises what the database raises."""
        if time.monotonic() - self._asked_at > _PING_S:
            self._ask("select %s is not null")

    def _ask(self, sql: str) -> bool:
        self.connection.autocommit = True
        with self.connection.cursor() as cursor:
            cursor.execute(sql, [self._key])
            (answer,) = cursor.fetchone() or (False,)
        self._asked_at = time.monotonic()
        return bool(answer)
