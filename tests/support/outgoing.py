"""Driving and watching the outgoing half: telling, relays as threads or processes, and what lies in the queues."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pika

from chassis.database import Database
from chassis.migrations import migrate
from chassis.outbox import Teller
from chassis.relay.pace import Pace
from chassis.relay.run import Relay
from chassis.relay.stopping import Stopping
from chassis.topology import connect
from chassis.unit import Unit
from contracts.envelope import Event, parse
from contracts.intake import LibraryRegistered, PlacementAgreed, ReferralRejected

ROOT = Path(__file__).parents[2]
SOURCE = "urn:nld:oin:00000001234567890000:systeem:intake"
LIBRARY = {"name": "Invented library", "mailbox": "taalhuis@bibliotheek.example", "language": "nl", "serves": []}


def until(condition: Callable[[], Any], seconds: float = 20.0, every: float = 0.02) -> Any:
    """The first true answer. Fails the test when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {getattr(condition, '__name__', condition)}"
        time.sleep(every)
    return answer


def migrated(url: str, service: str = "intake") -> Database:
    """A pool on a migrated database."""
    migrate(url, service)
    return Database(url, application_name=f"{service}-test", service=service, pool_size=30)


def new_id() -> str:
    return str(uuid.uuid4())


def teller(unit: Unit, wake: Callable[[], None] | None = None) -> Teller:
    return Teller(lambda: unit, service="intake", source=SOURCE, wake=wake)


def tell_libraries(database: Database, *ids: str, bulk: bool = False) -> list[str]:
    """One committed unit that tells about these libraries, in order; the event ids."""
    with Unit(database) as unit:
        tell = teller(unit)
        if bulk:
            tell.in_bulk()
        return [tell(LibraryRegistered, one, **LIBRARY) for one in ids]


def rejected(tell: Teller, referral_id: str) -> str:
    return tell(ReferralRejected, referral_id, participant_id=new_id(), partner_id=new_id(), reason="duplicate")


def agreed(tell: Teller, referral_id: str) -> str:
    moment = tell._unit().now
    return tell(
        PlacementAgreed, referral_id, need_id=new_id(), enrolment_id=new_id(), answered_by="participant",
        channel="call", answered_at=moment,
    )  # fmt: skip


def rows(database: Database, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with database.connection() as connection, connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        found = cursor.fetchall() if cursor.description else []
        connection.commit()
        return found


def outbox_depth(database: Database) -> int:
    return int(rows(database, "select count(*) from chassis.outbox")[0][0])


def published_ids(database: Database) -> list[str]:
    return [row[0] for row in rows(database, "select event_id from chassis.published order by id")]


class RelayThread:
    """A relay in this process; its end by anything but a request to stop is raised when leaving."""

    def __init__(self, database: Database, amqp_uri: str, pace: Pace | None = None) -> None:
        self.stopping = Stopping()
        self.relay = Relay(database, amqp_uri, self.stopping, pace or Pace())
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.relay.run()
        except BaseException as problem:  # noqa: BLE001 (raised in the test's own thread)
            self.failure = problem

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def stop(self, seconds: float = 20.0) -> None:
        self.stopping.request()
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "the relay did not stop"
        self.stopping.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self.failure is not None:
            raise self.failure


class RelayProcess:
    """`python -m chassis.relay intake` as a process of its own."""

    def __init__(self, url: str, amqp_uri: str, log: Path, **environ: str) -> None:
        self.log = log
        self._file = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chassis.relay", "intake"],
            cwd=ROOT,
            env=_environment() | {"DATABASE_URL": url, "AMQP_URI": amqp_uri, **environ},
            stdout=self._file,
            stderr=subprocess.STDOUT,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def said(self, event: str) -> bool:
        return f'"event":"{event}"' in self.log.read_text()

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    def wait(self, seconds: float = 30.0) -> int:
        """The exit code; negative is a signal."""
        return self._process.wait(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.running:
            self._process.kill()
        self._process.wait(10)
        self._file.close()


def _environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if name not in {"FAILPOINT", "DATABASE_URL", "AMQP_URI"}}


@contextlib.contextmanager
def channel(amqp_uri: str) -> Iterator[Any]:
    connection = connect(amqp_uri)
    try:
        yield connection.channel()
    finally:
        if connection.is_open:
            connection.close()


def take(amqp_uri: str, queue: str) -> list[tuple[pika.BasicProperties, bytes]]:
    """Everything that lies in a queue, taken out of it. (A queue with a single active consumer has no `basic.get`.)"""
    with channel(amqp_uri) as found:
        left = int(found.queue_declare(queue, passive=True).method.message_count)
        messages: list[tuple[pika.BasicProperties, bytes]] = []
        if not left:
            return messages
        for _, properties, body in found.consume(queue, auto_ack=True, inactivity_timeout=20):
            assert properties is not None, f"{left - len(messages)} messages of {queue} did not come"
            messages.append((properties, body))
            if len(messages) == left:
                return messages
        raise AssertionError(f"{queue} was taken away")


def take_events(amqp_uri: str, queue: str) -> list[Event]:
    return [parse(body) for _, body in take(amqp_uri, queue)]


def queue_depth(amqp_uri: str, queue: str) -> int:
    with channel(amqp_uri) as found:
        return int(found.queue_declare(queue, passive=True).method.message_count)
