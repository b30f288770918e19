"""Servers that die, stop, refuse, block or fall silent under a relay: it goes on by itself, and nothing is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg2
import pytest

from chassis.database import Database
from chassis.relay.pace import Pace
from chassis.topology import EXCHANGE, declare, steps
from contracts.intake import LibraryRegistered
from infra.local.postgres import Postgres
from infra.local.rabbitmq import RabbitMQ
from tests.support.outgoing import (
    RelayThread,
    channel,
    migrated,
    new_id,
    outbox_depth,
    published_ids,
    queue_depth,
    take,
    take_events,
    tell_libraries,
    until,
)
from tests.support.proxy import Proxy

QUEUE = "reporting.p1.0"
BACK_WITHIN_S = 15.0


def through(proxy: Proxy, url: str) -> str:
    parts = urlsplit(url)
    login, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{login}{at}{proxy.address[0]}:{proxy.address[1]}").geturl()


@contextmanager
def proxied(url: str, port: int) -> Iterator[tuple[Proxy, str]]:
    parts = urlsplit(url)
    with Proxy(parts.hostname or "127.0.0.1", parts.port or port) as proxy:
        yield proxy, through(proxy, url)


class Writer:
    """Tells about libraries until left, whatever happens to the broker; `told` are the events that were committed."""

    def __init__(self, database: Database) -> None:
        self.told: list[str] = []
        self.failed = 0
        self._database = database
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        while not self._stopped.wait(0.01):
            try:
                self.told += tell_libraries(self._database, *(new_id() for _ in range(5)))
            except psycopg2.OperationalError:
                self.failed += 1

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def reaches(self, count: int) -> None:
        until(lambda: len(self.told) >= count, seconds=60)


def check(amqp_uri: str, told: list[str]) -> int:
    """Everything told arrived, first in the order told, and nothing else; how much came twice."""
    received = [event.id for event in take_events(amqp_uri, QUEUE)]
    assert list(dict.fromkeys(received)) == told
    return len(received) - len(told)


def has_written_down(broker: RabbitMQ, amqp_uri: str) -> bool:
    """Whether the broker has the names of all its new quorum queues on disk.

    It writes them a moment after it said that they are there; a queue that is killed before never has a leader again.
    """
    names = next(broker.directory.glob("data/*/quorum/*/names.dets")).read_bytes()
    vhost = urlsplit(amqp_uri).path[1:]
    queues = [step.arguments["queue"] for step in steps() if step.method == "queue_declare"]
    return all(f"{vhost}_{queue}".encode() in names for queue in queues)


def resumes(database: Database, seconds: float = BACK_WITHIN_S) -> None:
    before = len(published_ids(database))
    until(lambda: len(published_ids(database)) > before, seconds=seconds)


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_the_broker_goes_and_comes_back(intake: Database, private_broker: RabbitMQ, how: str) -> None:
    """Rule: broker away: writes go on, the outbox grows, the relay reconnects within 15 s."""
    uri = private_broker.vhost()
    with RelayThread(intake, uri), Writer(intake) as writer:
        writer.reaches(200)
        until(lambda: has_written_down(private_broker, uri))
        getattr(private_broker, how)()
        writer.reaches(len(writer.told) + 100)
        assert outbox_depth(intake) > 0
        private_broker.start()
        resumes(intake)
        writer.reaches(len(writer.told) + 100)
    with RelayThread(intake, uri):
        until(lambda: outbox_depth(intake) == 0)
    check(uri, writer.told)


def test_the_broker_s_alarm_blocks_the_relay_alone(intake: Database, private_broker: RabbitMQ) -> None:
    """Rule: during an alarm writes go on and the relay neither hangs nor loses; it goes on when the alarm ends."""
    uri = private_broker.vhost()
    with RelayThread(intake, uri, Pace(blocked_timeout=2)) as running, Writer(intake) as writer:
        writer.reaches(100)
        private_broker.ctl("set_vm_memory_high_watermark", "0")
        try:
            until(lambda: "Blocked connection timeout" in (running.relay.state.broker or ""), seconds=30)
            writer.reaches(len(writer.told) + 100)
            assert outbox_depth(intake) > 0
        finally:
            private_broker.ctl("set_vm_memory_high_watermark", "0.4")
        resumes(intake, seconds=30)
    with RelayThread(intake, uri):
        until(lambda: outbox_depth(intake) == 0)
    check(uri, writer.told)


def test_a_short_alarm_is_waited_out_on_the_same_connection(intake: Database, private_broker: RabbitMQ) -> None:
    uri = private_broker.vhost()
    with RelayThread(intake, uri) as running:
        until(lambda: running.relay.state.broker is None)
        private_broker.ctl("set_vm_memory_high_watermark", "0")
        told = tell_libraries(intake, *(new_id() for _ in range(20)))
        private_broker.ctl("set_vm_memory_high_watermark", "0.4")
        until(lambda: outbox_depth(intake) == 0)
        assert running.relay.state.broker is None
    assert check(uri, told) == 0


@pytest.mark.parametrize("how", ["kill", "stop_at_once", "stop"])
def test_the_database_goes_and_comes_back(private_postgres: Postgres, amqp_uri: str, how: str) -> None:
    """Rule: PostgreSQL stopped at once: no process dies, the flow resumes within 15 s, what was committed is told."""
    name = f"faults_{how}"
    intake = migrated(private_postgres.databases.create(name))
    with RelayThread(intake, amqp_uri) as running, Writer(intake) as writer:
        writer.reaches(200)
        getattr(private_postgres, how)()
        until(lambda: running.relay.state.database and not running.relay.state.active)
        until(lambda: writer.failed > 0)
        private_postgres.start()
        until(lambda: running.relay.state.active, seconds=BACK_WITHIN_S)
        resumes(intake)
        writer.reaches(len(writer.told) + 100)
    with RelayThread(intake, amqp_uri):
        until(lambda: outbox_depth(intake) == 0)
    arrived = {event.id for event in take_events(amqp_uri, QUEUE)}
    assert arrived >= set(writer.told)
    assert arrived == set(published_ids(intake))


def test_connections_reset_in_the_middle(intake: Database, wired: str) -> None:
    with (
        proxied(wired, 5672) as (broker, uri),
        proxied(intake.url, 5432) as (server, url),
        RelayThread(Database(url, application_name="relay", service="intake"), uri) as running,
        Writer(intake) as writer,
    ):
        for turn in range(6):
            until(lambda: running.relay.state.active and running.relay.state.broker is None)
            writer.reaches(len(writer.told) + 50)
            (broker, server)[turn % 2].reset()
        resumes(intake)
    with RelayThread(intake, wired):
        until(lambda: outbox_depth(intake) == 0)
    check(wired, writer.told)


def test_a_silent_broker_is_left(intake: Database, wired: str) -> None:
    """Rule: a black hole; nothing comes, nothing ends. Without a limit the relay would wait for ever."""
    with (
        proxied(wired, 5672) as (broker, uri),
        RelayThread(intake, uri, Pace(confirm_timeout=1, declare_timeout=4)) as running,
    ):
        until(lambda: running.relay.state.broker is None)
        broker.silence()
        told = tell_libraries(intake, *(new_id() for _ in range(20)))
        until(lambda: "no confirmation within" in (running.relay.state.broker or ""))
        until(lambda: "Timeout during AMQP handshake" in (running.relay.state.broker or ""))
        broker.speak()
        until(lambda: outbox_depth(intake) == 0)
    check(wired, told)


def test_a_message_that_the_broker_refuses_stays_in_the_outbox(intake: Database, wired: str) -> None:
    """Rule: on a nack the channel is closed and all begins again. Fails when a nack is taken for a confirmation."""
    key = f"{LibraryRegistered.type}.*"
    with channel(wired) as found:
        found.queue_declare("full", durable=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
        found.queue_bind("full", EXCHANGE, key)
        with RelayThread(intake, wired) as running:
            until(lambda: running.relay.state.broker is None)
            told = tell_libraries(intake, *(new_id() for _ in range(30)))
            until(lambda: "refused a message" in (running.relay.state.broker or ""))
            assert outbox_depth(intake) >= 29
            assert published_ids(intake) == told[: len(published_ids(intake))]
            found.queue_delete("full")
            until(lambda: outbox_depth(intake) == 0)
    assert published_ids(intake) == told
    assert check(wired, told) > 0


def test_two_relays_of_which_one_lost_its_lock_repeat_but_never_turn_around(intake: Database, wired: str) -> None:
    """A relay that is cut off from the database may still publish what it read, while its successor publishes too."""
    with (
        proxied(intake.url, 5432) as (server, url),
        RelayThread(Database(url, application_name="first", service="intake"), wired, Pace(window=50)) as first,
        Writer(intake) as writer,
    ):
        until(lambda: first.relay.state.active)
        with RelayThread(intake, wired) as second:
            for _ in range(3):
                writer.reaches(len(writer.told) + 50)
                server.reset()
                until(lambda: second.relay.state.active != first.relay.state.active)
            writer.reaches(len(writer.told) + 50)
    with RelayThread(intake, wired):
        until(lambda: outbox_depth(intake) == 0)
    check(wired, writer.told)


def test_each_service_s_relay_declares_for_all(intake: Database, amqp_uri: str) -> None:
    """Rule: whoever publishes first declares everything, so that events wait for consumers that never ran."""
    with RelayThread(intake, amqp_uri) as running:
        until(lambda: running.relay.state.broker is None)
    assert declare(amqp_uri) == []
    assert Counter(queue_depth(amqp_uri, f"{service}.p1.0") for service in ("intake", "activities")) == {0: 2}
    assert take(amqp_uri, "unrouted") == []
