"""Connections to a service's own PostgreSQL database.

Nothing connects before it must, so a process starts while its database is away. Everything here is plain psycopg2: in
service processes, where psycogreen and eventlet are patched in, the same code waits green.
"""

from __future__ import annotations

import contextlib
import select
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import orjson
import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.extras

from chassis.waiting import CONNECT_TIMEOUT_S, MARGIN_S, Patient

Connection: TypeAlias = psycopg2.extensions.connection
Cursor: TypeAlias = psycopg2.extensions.cursor

STATEMENT_TIMEOUT_MS = 30_000
IDLE_LIMIT_S = 300.0
_SURELY_ALIVE_S = 1.0
_INFRASTRUCTURE = frozenset({"08", "40", "53", "57"})

# Both ends let go of a peer that was cut off: a lock held by a process that nobody can reach would stop its successor.
_CLIENT_TCP = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_SERVER_TCP = {
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 3,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


class _Json(psycopg2.extras.Json):
    def dumps(self, obj: Any) -> str:
        return orjson.dumps(obj).decode()


psycopg2.extensions.register_adapter(dict, _Json)


class NoFreeConnection(psycopg2.OperationalError):
    """Every connection of the pool stayed in use for as long as one may wait."""


def is_infrastructure(error: BaseException) -> bool:
    """Whether trying again can help: the database or the way to it failed, not the statement.

    SQLSTATE classes 08 (connection), 40 (rollback: deadlock, serialization), 53 (resources), 57 (operator), and errors
    of the connection that carry no SQLSTATE at all. Not 57014 of class 57: see :func:`took_too_long`.
    """
    if not isinstance(error, psycopg2.Error) or took_too_long(error):
        return False
    if error.pgcode:
        return error.pgcode[:2] in _INFRASTRUCTURE
    return isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)


def took_too_long(error: BaseException) -> bool:
    """Whether the server ended a statement at its `statement_timeout`, or because somebody cancelled it (57014).

    No outage: what always takes longer than it may would be tried for ever, and what waits behind it with it.
    """
    return isinstance(error, psycopg2.errors.QueryCanceled)


def dsn(url: str, *, service: str, application_name: str, statement_timeout_ms: int) -> str:
    """The connection string: the URL with timeouts, UTC and the search path `<service>, chassis, public`."""
    given = psycopg2.extensions.parse_dsn(url).get("options", "")
    session = {
        "search_path": f'"{service}",chassis,public',
        "timezone": "UTC",
        "statement_timeout": statement_timeout_ms,
        "client_connection_check_interval": 5_000,
        # Compiling takes 200 ms and pays for none of our short statements; bad estimates on young tables asked for it.
        "jit": "off",
        **_SERVER_TCP,
    }
    options = " ".join([given, *(f"-c {name}={value}" for name, value in session.items())]).strip()
    return psycopg2.extensions.make_dsn(
        url, application_name=application_name, connect_timeout=CONNECT_TIMEOUT_S, options=options, **_CLIENT_TCP
    )


def without_password(url: str) -> str:
    """Where a URL points, fit for a log."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port or 5432}{parts.path}"


class Database:
    """A lazy pool of connections to one database. Safe to share between threads, green or real."""

    def __init__(
        self,
        url: str,
        *,
        application_name: str,
        service: str | None = None,
        pool_size: int = 20,
        wait_s: float = 10.0,
    ) -> None:
        self.url = url
        self.service = service or application_name
        self._application_name = application_name
        self._wait_s = wait_s
        self._slots = threading.BoundedSemaphore(pool_size)
        self._idle: deque[tuple[Connection, float]] = deque()

    def dedicated(self, *, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS) -> Connection:
        """A connection outside the pool that the caller closes: for a consumer, LISTEN, or a session lock.

        A `statement_timeout_ms` of 0 sets no limit, for migrations and the like.
        """
        text = dsn(
            self.url,
            service=self.service,
            application_name=self._application_name,
            statement_timeout_ms=statement_timeout_ms,
        )
        connection: Patient = psycopg2.connect(text, connection_factory=Patient)
        connection.patience_s = statement_timeout_ms / 1000 + MARGIN_S if statement_timeout_ms else None
        return connection

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """A pooled connection, not in autocommit. What the caller does not commit is rolled back."""
        connection = self.acquire()
        try:
            yield connection
        finally:
            self.release(connection)

    def acquire(self) -> Connection:
        """Take a connection; :meth:`release` must follow. Raises psycopg2.OperationalError when there is none."""
        if not self._slots.acquire(timeout=self._wait_s):
            raise NoFreeConnection(f"no free connection to {without_password(self.url)} within {self._wait_s} s")
        try:
            return self._usable() or self.dedicated()
        except BaseException:
            self._slots.release()
            raise

    def release(self, connection: Connection) -> None:
        """Give a connection back. A broken one is thrown away, and with it all idle ones: they broke together."""
        try:
            if _settle(connection):
                self._idle.append((connection, time.monotonic()))
            else:
                self.close_idle()
        finally:
            self._slots.release()

    def close_idle(self) -> None:
        """Close every connection that nobody uses now."""
        while self._idle:
            self._idle.pop()[0].close()

    def _usable(self) -> Connection | None:
        while self._idle:
            try:
                connection, since = self._idle.pop()
            except IndexError:  # another thread was quicker
                return None
            idle = time.monotonic() - since
            if idle < _SURELY_ALIVE_S or (idle < IDLE_LIMIT_S and not _has_been_cut(connection)):
                return connection
            connection.close()
        return None


def is_in_transaction(connection: Connection) -> bool:
    """Whether a transaction is open, whoever began it. Asks nobody."""
    return bool(connection.info.transaction_status != psycopg2.extensions.TRANSACTION_STATUS_IDLE)


def undo(connection: Connection) -> None:
    """End an open transaction without its effects, whoever began it. Raises psycopg2.Error."""
    if connection.autocommit and is_in_transaction(connection):
        with connection.cursor() as cursor:
            cursor.execute("rollback")
    elif not connection.autocommit:
        connection.rollback()


def _settle(connection: Connection) -> bool:
    """Roll back what is open; False when the connection is of no use any more."""
    if connection.closed:
        return False
    try:
        undo(connection)
        if connection.autocommit:
            connection.autocommit = False
    except psycopg2.Error:
        connection.close()
        return False
    return True


def _has_been_cut(connection: Connection) -> bool:
    """An idle connection on which the server has said something has been ended by the server."""
    if connection.closed:
        return True
    readable, _, _ = select.select([connection.fileno()], [], [], 0)
    return bool(readable)
