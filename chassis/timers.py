"""`@every(seconds=1, name="send-mail")`: work that one replica at a time does, again and again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg2
import structlog
from nameko.extensions import Entrypoint, register_entrypoint

from chassis import metrics, tracing
from chassis.assembly import Assembly
from chassis.backoff import delay
from chassis.database import Connection, Database
from chassis.locks import advisory_key
from chassis.logs import describe
from chassis.service_database import ServiceDatabase
from chassis.unit import Unit

log = structlog.get_logger()

Method = TypeVar("Method", bound=Callable[..., Any])
_LONGEST_WAIT_S = 300.0
_REST_S = 0.025
_REST_PER_RUN = 4.0
"""Between two runs, however often one is wished for: what comes meanwhile is done together. A run that takes longer is
followed by a longer rest, so that no timer takes more than a fifth of the time."""


def every(*, seconds: float, name: str) -> Callable[[Method], Method]:
    """Run a method every so many seconds, on one replica at a time, in a unit of its own that is committed after.

    It returns True when there is more to do and is then run again at once, and sooner than usual when :func:`soon` asks
    for it. What it raises is logged and counted, and it is tried again, later each time.
    """

    def register(method: Method) -> Method:
        register_entrypoint(method, Every(seconds=seconds, name=name))
        return method

    return register


_wished: dict[str, threading.Event] = {}


def soon(name: str) -> None:
    """Have this process's timer of that name run at once, unless it ran a moment ago. Safe as an `after_commit`.

    Nothing depends on it: without, the timer comes in its own time.
    """
    if (wish := _wished.get(name)) is not None:
        wish.set()


class Every(Entrypoint):
    """One timer of a service."""

    database = ServiceDatabase()

    def __init__(self, *, seconds: float, name: str) -> None:
        super().__init__()
        self.seconds = seconds
        self.name = name
        self._failures = 0
        self._stopping = threading.Event()
        self._wish = threading.Event()
        self._thread: Any = None

    def start(self) -> None:
        self._assembly = Assembly(self.container)
        _wished[self.name] = self._wish
        self._thread = self.container.spawn_managed_thread(self._run, identifier=f"timer {self.name}")

    def stop(self) -> None:
        """Return when a run that is under way has ended."""
        self._end()
        if self._thread is not None:
            self._thread.wait()

    def kill(self) -> None:
        self._end()
        if self._thread is not None:
            self._thread.kill()

    def _end(self) -> None:
        self._stopping.set()
        self._wish.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wish.clear()
            began = time.monotonic()
            wait = self._tick()
            rest = min(wait, max(_REST_S, _REST_PER_RUN * (time.monotonic() - began)))
            self._stopping.wait(rest)
            (self._stopping if self._failures else self._wish).wait(wait - rest)

    def _tick(self) -> float:
        """One run; seconds until the next. Raises nothing: a timer outlives what goes wrong."""
        began = time.monotonic()
        try:
            more = self.run_once(self._assembly, self.database.database)
        except Exception as error:  # noqa: BLE001 (whatever a timer raises is reported here and tried again)
            self._failures += 1
            wait = delay(self._failures, base=min(self.seconds, 60.0), cap=max(self.seconds, _LONGEST_WAIT_S))
            metrics.timer_seconds.labels(self.name, "error").observe(time.monotonic() - began)
            log.error("timer_failed", timer=self.name, failures=self._failures, again_in=round(wait, 1),
                      failure=describe(error))  # fmt: skip
            return wait
        self._failures = 0
        if more is not None:
            metrics.timer_seconds.labels(self.name, "ok").observe(time.monotonic() - began)
        return 0.0 if more else self.seconds

    def run_once(self, assembly: Assembly, database: Database) -> bool | None:
        """Run it now: whether there is more to do, or None when another replica is at it."""
        with database.connection() as connection, _Turn(connection, f"timer:{self.name}") as ours:
            if not ours:
                return None
            with Unit(database, connection=connection) as unit, tracing.step(f"timer {self.name}") as trace:
                unit.traceparent = trace.traceparent
                return bool(getattr(assembly.instance(unit, self), self.method_name)())


class _Turn:
    """A session lock on the connection that the work is committed on: who loses the one has lost the other."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._key = advisory_key(name)
        self._ours = False

    def __enter__(self) -> bool:
        self._ours = self._ask("select pg_try_advisory_lock(%s)")
        return self._ours

    def __exit__(self, *_: object) -> None:
        if not self._ours or self._connection.closed:
            return
        try:
            self._ask("select pg_advisory_unlock(%s)")
        except psycopg2.Error:
            # Whatever state it is in, a connection that may hold a lock must not go back into the pool.
            self._connection.close()

    def _ask(self, sql: str) -> bool:
        self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(sql, [self._key])
            (answer,) = cursor.fetchone() or (False,)
        return bool(answer)
