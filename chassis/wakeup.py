"""Tell the relay that there is work, outside the business transaction and never more often than it can use.

Transactions that NOTIFY take turns at commit; so one thread with a connection of its own notifies for all of them. A
lost wake-up costs a moment only: the relay polls as well.
"""

from __future__ import annotations

import threading

import psycopg2
import structlog

from chassis.database import Connection, Database

log = structlog.get_logger()

CHANNEL = "meedoen_outbox"
_QUIET_S = 0.005
_RETRY_S = 1.0


class Wakeup:
    """One thread (green where eventlet is patched in) that turns any number of wishes into one NOTIFY."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; connects only when first wanted."""
        self._thread = threading.Thread(target=self._run, name="wakeup", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Returns at once. Safe to call as an `after_commit`."""
        self._wanted.set()

    def stop(self) -> None:
        """Send what is still wanted and end, within about a second."""
        self._stopping.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(timeout=_RETRY_S)

    def _run(self) -> None:
        connection: Connection | None = None
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                connection = connection or self._connect()
                with connection.cursor() as cursor:
                    cursor.execute(f"notify {CHANNEL}")
            except psycopg2.Error as problem:
                # The relay's polling covers for this; the next wish tries again.
                log.warning("wakeup_failed", error=type(problem).__name__)
                _close(connection)
                connection = None
                self._stopping.wait(_RETRY_S)
            if self._stopping.wait(_QUIET_S):
                _close(connection)
                return

    def _connect(self) -> Connection:
        connection = self._database.dedicated(statement_timeout_ms=5_000)
        connection.autocommit = True
        return connection


def _close(connection: Connection | None) -> None:
    if connection is not None:
        connection.close()
