"""How the queues of a service stand in the broker: how many partitions it has, and whether that is being changed."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pika
import pika.exceptions

from chassis.queues import COUNTS, Step, counts_mark, drains_mark, is_marked, open_mark, queue_names
from chassis.topology import connect, hold


class PartitionsError(Exception):
    """How many partitions a service has cannot be told or changed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue of a service. `messages` are those not handed out; `consumers` counts who listens.

    `open`: it may be consumed. `there`: it exists.
    """

    name: str
    messages: int
    consumers: int
    open: bool
    there: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """`count` partitions are in force, or being changed to; the queues of `before` are still worked off."""

    service: str
    count: int
    before: tuple[int, ...]
    queues: tuple[Queue, ...]

    @property
    def settled(self) -> bool:
        """Whether no change is under way."""
        return not self.before and all(queue.open for queue in self.queues)


@contextmanager
def connected(amqp_uri: str) -> Iterator[pika.BlockingConnection]:
    """A connection of its own. Raises pika.exceptions.AMQPError or OSError when the broker is away."""
    connection = connect(amqp_uri)
    try:
        yield connection
    finally:
        if connection.is_open:
            connection.close()


def standing(connection: pika.BlockingConnection, service: str) -> Standing:
    """How a service's queues stand; changes nothing. Raises PartitionsError when nothing was declared yet."""
    marked = [count for count in COUNTS if _is_set(connection, counts_mark(service, count))]
    draining = [count for count in COUNTS if _is_set(connection, drains_mark(service, count))]
    if not marked:
        raise PartitionsError(f"The broker knows no queues of {service}: has a relay run since it was made?")
    found = {count: queues(connection, service, count) for count in dict.fromkeys(marked + draining)}
    # What is being changed to is marked first and opened last.
    count = next((one for one in marked if not all(queue.open for queue in found[one])), marked[0])
    before = tuple(other for other in found if other != count)
    return Standing(service, count, before, tuple(queue for of in (*before, count) for queue in found[of]))


def queues(connection: pika.BlockingConnection, service: str, count: int) -> list[Queue]:
    """The queues of one number of partitions, each of them there or not."""
    found = []
    for name in queue_names(service, count):
        depth = _depth(connection, name)
        messages, consumers = depth or (0, 0)
        found.append(Queue(name, messages, consumers, _is_set(connection, open_mark(name)), depth is not None))
    return found


def _depth(connection: pika.BlockingConnection, queue: str) -> tuple[int, int] | None:
    channel = connection.channel()
    try:
        method = channel.queue_declare(queue, passive=True).method
    except pika.exceptions.ChannelClosedByBroker as problem:
        if problem.reply_code != 404:
            raise
        return None
    channel.close()
    return method.message_count, method.consumer_count


def _is_set(connection: pika.BlockingConnection, name: str) -> bool:
    return hold(connection, _asking(is_marked(name)))


def _asking(step: Step) -> Generator[Step, bool, bool]:
    return (yield step)
