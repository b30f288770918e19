"""Messages that ended up beside the services' queues: in `dead` (given up on) and `unrouted` (bound to nothing).

Listed without taking them away, and sent again to the exchange that they were meant for. Harmless to repeat: whoever
took an event before takes it as a repetition.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pika
from pika.adapters.blocking_connection import BlockingChannel

from chassis.inbox.reading import Delivery, Letter, read
from chassis.topology import DEAD, EXCHANGE, UNROUTED, connect, routing_key

STRAY_QUEUES: Final = (DEAD, UNROUTED)


@dataclass(frozen=True, slots=True)
class Stray:
    """One message beside the services' queues. `id` is the event's, or one derived from its bytes."""

    queue: str
    id: str
    type: str | None
    subject: str | None
    time: datetime | None
    reason: str | None
    died_in: str | None
    raw: bytes


def strays(amqp_uri: str, queue: str, limit: int = 200) -> list[Stray]:
    """The first messages of `dead` or `unrouted`; they stay there. Raises pika.exceptions.AMQPError."""
    with _channel(amqp_uri) as channel:
        return [_stray(queue, properties, body) for _, properties, body in _messages(channel, queue, limit)]


def replay_strays(amqp_uri: str, queue: str, ids: Collection[str] = (), limit: int = 200) -> int:
    """Send the first messages again, or only those with these ids among them; how many.

    Each is taken away only after the broker confirmed that it is in a queue again; what still has nowhere to go is
    then at the end of `unrouted`. Raises pika.exceptions.AMQPError; what was not confirmed stays where it was.
    """
    sent = 0
    with _channel(amqp_uri) as channel:
        channel.confirm_delivery()
        for method, properties, body in _messages(channel, queue, limit):
            letter = read(Delivery(body))
            if ids and letter.id not in ids:
                continue
            _publish(channel, _key(letter, method, properties), properties, body)
            channel.basic_ack(method.delivery_tag)
            sent += 1
    return sent


def discard_strays(amqp_uri: str, queue: str, ids: Collection[str], limit: int = 200) -> int:
    """Throw away, for good, those of the first messages that have these ids; how many.

    Raises pika.exceptions.AMQPError.
    """
    gone = 0
    with _channel(amqp_uri) as channel:
        for method, _, body in _messages(channel, queue, limit):
            if read(Delivery(body)).id in ids:
                channel.basic_ack(method.delivery_tag)
                gone += 1
    return gone


@contextmanager
def _channel(amqp_uri: str) -> Iterator[BlockingChannel]:
    """Closing it puts back, in their order, all messages that were not acknowledged."""
    connection = connect(amqp_uri)
    try:
        yield connection.channel()
    finally:
        if connection.is_open:
            connection.close()


def _messages(channel: BlockingChannel, queue: str, limit: int) -> Iterator[tuple[Any, pika.BasicProperties, bytes]]:
    if queue not in STRAY_QUEUES:
        raise ValueError(f"{queue}: not one of {', '.join(STRAY_QUEUES)}")
    # Not more than there were at first: what comes back to the end is not met again.
    there = channel.queue_declare(queue, passive=True).method.message_count
    for _ in range(min(limit, there)):
        method, properties, body = channel.basic_get(queue)
        if method is None:
            return
        yield method, properties, body or b""


def _publish(channel: BlockingChannel, key: str, properties: pika.BasicProperties, body: bytes) -> None:
    # What the broker wrote into the headers on the way here must not count against the new journey.
    again = pika.BasicProperties(
        message_id=properties.message_id, content_type=properties.content_type, delivery_mode=2
    )
    channel.basic_publish(EXCHANGE, key, body, again, mandatory=True)


def _key(letter: Letter, method: Any, properties: pika.BasicProperties) -> str:
    if letter.event is not None:
        return routing_key(letter.event.type, letter.event.partition_key)
    death = _death(properties)
    keys = death.get("routing-keys") or [method.routing_key]
    return str(keys[0])


def _death(properties: pika.BasicProperties) -> dict[str, Any]:
    deaths = (properties.headers or {}).get("x-death")
    return deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict) else {}


def _stray(queue: str, properties: pika.BasicProperties, body: bytes) -> Stray:
    letter = read(Delivery(body))
    death = _death(properties)
    return Stray(
        queue=queue,
        id=letter.id,
        type=letter.type,
        subject=letter.subject,
        time=letter.time,
        reason=death.get("reason") or letter.reason,
        died_in=death.get("queue"),
        raw=body,
    )
