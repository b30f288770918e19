"""A steady load on the counting service's queues, and consumers of any number of partitions."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import pika

from chassis.inbox.consumer import QueueConsumer
from chassis.inbox.feed import Feed
from chassis.inbox.processor import Processor
from chassis.inbox.status import QueueStatus
from chassis.queue_standing import connected
from chassis.repartition import Change
from chassis.testing import Harness
from chassis.topology import EXCHANGE, queue_names, routing_key
from contracts.envelope import Event
from tests.support.counting.service import CountingService
from tests.support.events import partner_changed, partner_registered
from tests.support.incoming import ask, deferred, parked
from tests.support.outgoing import channel, new_id

SERVICE = "activities"
KEYS = 30


class Load:
    """Publishes events of some keys in turn, of two types that are bound apart, until it is left.

    `told`: what was confirmed, in that order.
    """

    def __init__(self, amqp_uri: str, pause: float = 0.001) -> None:
        self.told: list[Event] = []
        self._amqp_uri = amqp_uri
        self._pause = pause
        self._began_last = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._publish, daemon=True)

    def _publish(self) -> None:
        names = [new_id() for _ in range(KEYS)]
        with channel(self._amqp_uri) as found:
            found.confirm_delivery()
            number = 0
            while not self._stop.wait(self._pause):
                turn, place = divmod(number, KEYS)
                make = partner_registered if turn % 2 else partner_changed
                event = make(names[place], sequence=turn + 1)
                self._began_last = time.monotonic()
                found.basic_publish(
                    EXCHANGE, routing_key(event.type, event.partition_key), event.raw,
                    pika.BasicProperties(delivery_mode=2), mandatory=True,
                )  # fmt: skip
                self.told.append(event)
                number += 1

    def confirmed(self, seconds: float) -> bool:
        """Whether all that was published more than so many seconds ago is confirmed: one at a time is under way."""
        return self._began_last > time.monotonic() - seconds

    def reaches(self, more: int) -> bool:
        """Wait for so many more events."""
        goal = len(self.told) + more
        while len(self.told) < goal:
            assert self._thread.is_alive(), "the load ended"
            time.sleep(0.01)
        return True

    def stop(self) -> None:
        """Publish no more."""
        self._stop.set()
        self._thread.join(20)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def consumers(url: str, amqp_uri: str, count: int) -> Iterator[list[QueueStatus]]:
    """One consumer for each of so many partitions, as the processes of a service have them, in threads of ours."""
    stopping = threading.Event()
    harness = Harness(CountingService, url)
    threads, board = [], []
    for queue in queue_names(SERVICE, count):
        status = QueueStatus(queue, 0)
        processor = Processor(harness.assembly, harness.database, queue, harness.settings, stopping.wait)
        consumer = QueueConsumer(harness.database, amqp_uri, processor, status, batch=50, stopping=stopping)
        board.append(status)
        threads.append(threading.Thread(target=consumer.run, daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield board
    finally:
        stopping.set()
        for thread in threads:
            thread.join(30)
        harness.close()


def change(amqp_uri: str, count: int, load: Load | None = None, *, patience: float = 60.0) -> bool:
    """Change the counting service to so many partitions."""
    with connected(amqp_uri) as connection:
        confirmed = load.confirmed if load else lambda _seconds: True
        return Change(connection, SERVICE, count, confirmed=confirmed, settle=0.3).make(patience)


def change_unattended(amqp_uri: str, count: int, before: int = 1) -> None:
    """The same where no service runs: what is in the old queues is thrown away."""
    threads = [
        threading.Thread(target=_throw_away, args=[amqp_uri, queue], daemon=True)
        for queue in queue_names(SERVICE, before)
    ]
    for thread in threads:
        thread.start()
    change(amqp_uri, count)
    for thread in threads:
        thread.join(20)


def _throw_away(amqp_uri: str, queue: str) -> None:
    with Feed(amqp_uri, queue, prefetch=20) as feed:
        while not any(parcel.is_end for parcel in feed.take(20, 0.2)):
            pass
        feed.close_for_good()


def all_applied(url: str, told: list[Event]) -> bool:
    return int(ask(url, "select count(*) from activities.applied")[0][0]) >= len(told)


def check(url: str, told: list[Event]) -> None:
    """Each event had its effect once, and those of each key had theirs in the order in which they were published."""
    happened = ask(url, "select event_id::text, partition_key from activities.applied order by place")
    assert len(happened) == len(told), f"{len(told)} told, {len(happened)} applied"
    by_key: dict[str, list[str]] = {}
    for event_id, key in happened:
        by_key.setdefault(key, []).append(event_id)
    expected: dict[str, list[str]] = {}
    for event in told:
        expected.setdefault(event.partition_key, []).append(event.id)
    assert by_key == expected
    assert deferred(url) == []
    assert parked(url) == {}
