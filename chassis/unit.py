"""One unit of work: one transaction with the events it tells, committed together.

Entrypoints make the unit, put it on the worker's context as `unit` and commit it before they answer or acknowledge.
Service code never commits, except a long timer that ends one transaction and begins the next by `self.unit.commit()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Literal, Self

import structlog
from nameko.extensions import DependencyProvider

from chassis.database import Connection, Cursor, Database, is_in_transaction, undo
from chassis.failpoints import failpoint, is_armed
from chassis.outbox_rows import Told, outbox_statement
from contracts.envelope import Event

log = structlog.get_logger()

Lane = Literal["interactive", "bulk"]
_BEGIN: Final = b"begin"
_COMMIT: Final = b"commit"
_COMMITTED: Final = "COMMIT"


class NotCommitted(RuntimeError):
    """The server answered COMMIT with ROLLBACK: a statement had failed, and whoever sent it went on all the same."""

    tells_no_data = True


class Unit:
    """One transaction at a time on a connection that is opened when first needed.

    `cause` is the event being handled, `lane` where told events queue ("interactive" or "bulk"), `now` the moment that
    everything in this transaction happens at (aware, UTC). Given a `connection`, the unit works on that one and leaves
    it open; otherwise it takes one from the pool and gives it back after each commit or rollback.
    """

    def __init__(
        self,
        database: Database,
        *,
        connection: Connection | None = None,
        cause: Event | None = None,
        traceparent: str | None = None,
        lane: Lane = "interactive",
        now: datetime | None = None,
    ) -> None:
        self._database = database
        self._own = connection
        self._pooled: Connection | None = None
        self._after_commit: list[Callable[[], None]] = []
        self._written: list[bytes] = []
        self.told: list[Told] = []
        self.cause = cause
        self.traceparent = traceparent
        self.lane: Lane = lane
        self.now = now or datetime.now(UTC)

    @property
    def connection(self) -> Connection:
        """The connection, within the transaction. Raises psycopg2.OperationalError when the database is away."""
        connection = self._open()
        if not is_in_transaction(connection):
            with connection.cursor() as cursor:
                cursor.execute(_BEGIN)
        return connection

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A cursor for :meth:`write` and :meth:`execute`. Raises what :attr:`connection` raises."""
        with self._open().cursor() as cursor:
            yield cursor

    def write(self, statement: bytes) -> None:
        """Have a statement carried out before anything that is asked or committed next, in the same message to the
        server: it costs no round trip. What it raises is raised there, and what it returns is lost.
        """
        self._written.append(statement)

    def execute(self, cursor: Cursor, statement: str | bytes, parameters: Any = None) -> None:
        """Carry out what was written and then this statement, whose result the cursor has."""
        self._send(cursor, [cursor.mogrify(statement, parameters)])

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction that fails alone: what it raises undoes it, with what it told, and nothing else."""
        with self.cursor() as cursor:
            self.execute(cursor, "savepoint part")
        told, callbacks = len(self.told), len(self._after_commit)
        try:
            yield
            with self.cursor() as cursor:
                self.execute(cursor, "release savepoint part")
        except BaseException:
            self._written = []
            del self.told[told:], self._after_commit[callbacks:]
            if not self._open().closed:
                with self._open().cursor() as cursor:
                    cursor.execute("rollback to savepoint part; release savepoint part")
            raise

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call this once, after the next commit; never after a rollback."""
        self._after_commit.append(callback)

    def flush(self) -> None:
        """Carry out what was written and what puts told events into the outbox; it is not committed."""
        if self.told or self._written:
            with self.cursor() as cursor:
                self._send(cursor, self._telling(cursor))

    def commit(self) -> None:
        """Write what was told, commit it with everything else, and be ready for the next transaction.

        Raises what the database raises, or NotCommitted; then it is rolled back and nothing of it happened,
        unless the connection broke during COMMIT itself, which nobody can tell.
        """
        try:
            if is_armed("unit-before-commit"):
                self.flush()
                failpoint("unit-before-commit")
            connection = self._own or self._pooled
            if self.told or self._written or (connection is not None and is_in_transaction(connection)):
                with self.cursor() as cursor:
                    self._send(cursor, [*self._telling(cursor), _COMMIT])
                    if cursor.statusmessage != _COMMITTED:
                        raise NotCommitted(f"the server answered COMMIT with {cursor.statusmessage}")
        except BaseException:
            self.rollback()
            raise
        failpoint("unit-after-commit")
        self._leave()
        callbacks, self._after_commit = self._after_commit, []
        for callback in callbacks:
            callback()

    def rollback(self) -> None:
        """Undo everything since the last commit, told events too."""
        self._after_commit.clear()
        try:
            if self._own is not None and not self._own.closed:
                undo(self._own)
        finally:
            self._leave()

    def close(self) -> None:
        """Undo what was not committed and give the connection back."""
        self.rollback()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit when all went well, undo otherwise."""
        if error is None:
            self.commit()
        self.close()

    def _open(self) -> Connection:
        """The connection; that a transaction begins or ends is said to the server along with other statements."""
        connection = self._own or self._pooled
        if connection is None:
            connection = self._pooled = self._database.acquire()
        if not connection.autocommit:
            connection.autocommit = True
        return connection

    def _telling(self, cursor: Cursor) -> list[bytes]:
        told, self.told = self.told, []
        return [outbox_statement(cursor, told, self.lane)] if told else []

    def _send(self, cursor: Cursor, statements: list[bytes]) -> None:
        """All that was written and these statements in one message; each sees what those before it did."""
        begin = [] if is_in_transaction(cursor.connection) else [_BEGIN]
        written, self._written = self._written, []
        cursor.execute(b";\n".join([*begin, *written, *statements]))

    def _leave(self) -> None:
        self.told = []
        self._written = []
        self.now = datetime.now(UTC)
        if self._pooled is not None:
            pooled, self._pooled = self._pooled, None
            self._database.release(pooled)


class UnitOfWorker:
    """The unit of a worker, looked up when used: providers are injected before the entrypoint has made it."""

    def __init__(self, worker_ctx: Any) -> None:
        self._worker_ctx = worker_ctx

    def __call__(self) -> Unit:
        unit: Unit = self._worker_ctx.unit
        return unit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._worker_ctx.unit, name)


class Units(DependencyProvider):
    """`unit = Units()`: for a long timer that commits in between."""

    def get_dependency(self, worker_ctx: Any) -> UnitOfWorker:
        return UnitOfWorker(worker_ctx)
