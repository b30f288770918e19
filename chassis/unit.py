"""One unit of work: one transaction with the events it tells, committed together.

Entrypoints make the unit, put it on the worker's context as `unit` and commit it before they answer or acknowledge.
Service code never commits, except a long timer that ends one transaction and begins the next by `self.unit.commit()`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Self

import structlog
from nameko.extensions import DependencyProvider

from chassis.database import Connection, Database
from chassis.failpoints import failpoint
from chassis.outbox_rows import Told, flush
from contracts.envelope import Event

log = structlog.get_logger()

Lane = Literal["interactive", "bulk"]


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
        self.told: list[Told] = []
        self.cause = cause
        self.traceparent = traceparent
        self.lane: Lane = lane
        self.now = now or datetime.now(UTC)

    @property
    def connection(self) -> Connection:
        """The transaction's connection. Raises psycopg2.OperationalError when the database is away."""
        if self._own is not None:
            return self._own
        if self._pooled is None:
            self._pooled = self._database.acquire()
        return self._pooled

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call this once, after the next commit; never after a rollback."""
        self._after_commit.append(callback)

    def commit(self) -> None:
        """Write what was told, commit it with everything else, and be ready for the next transaction.

        Raises what the database raises; then the transaction is rolled back and nothing of it happened, unless the
        connection broke during COMMIT itself, which nobody can tell.
        """
        try:
            if self.told:
                flush(self.connection, self.told, self.lane)
            failpoint("unit-before-commit")
            if self._own is not None or self._pooled is not None:
                self.connection.commit()
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
                self._own.rollback()
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

    def _leave(self) -> None:
        self.told = []
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
