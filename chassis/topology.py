"""Every exchange, queue and binding, made from the one table in :mod:`contracts.catalogue` (ADR 0005).

A missing binding of one consumer is silent to the publisher, so whoever publishes first declares everything, and again
every minute. A declaration is data (:class:`Step`): :func:`declare` carries it out at once, the relay without waiting.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pika
import pika.exceptions
from pika.adapters.utils.connection_workflow import AMQPConnectorException

from chassis.addresses import Addresses
from contracts.catalogue import SERVICES, heard_by

EXCHANGE: Final = "newcomers"
UNROUTED_EXCHANGE: Final = "newcomers.unrouted"
UNROUTED: Final = "unrouted"
DEAD: Final = "dead"
SLOTS: Final = 16

DELIVERY_LIMIT: Final = 1000
"""How often the broker hands a message out before it goes to `dead`.

The inbox counts attempts itself and parks what kills it from the third delivery on, so this is the last resort against
a crash that comes before it can count. A return counts for every prefetched message, innocent ones too: at a restart
every 30 s, the slowest that supervisors do, 1000 is over eight hours of nothing but crashes.
"""

_QUORUM: Final[dict[str, Any]] = {"x-queue-type": "quorum"}
_LOOKED_AT: Final = _QUORUM | {
    # RabbitMQ 4 drops a message at the 21st delivery unless told otherwise, and each look of an operator is one.
    "x-delivery-limit": 1_000_000_000,
}
_CONSUMED: Final[dict[str, Any]] = _QUORUM | {
    "x-single-active-consumer": True,
    "x-delivery-limit": DELIVERY_LIMIT,
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": DEAD,
    # At-least-once dead-lettering works only with reject-publish; without a maximum length nothing is ever rejected.
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}

_NOT_FOUND: Final = 404
_PRECONDITION_FAILED: Final = 406


class TopologyError(Exception):
    """Exchanges, queues and bindings could not be brought to what the catalogue says."""

    tells_no_data = True


class TopologyMismatch(TopologyError):
    """Something of this name exists with other arguments, which only a person can mend."""

    def __init__(self, step: Step, reply: str) -> None:
        super().__init__(
            f"{step.about} exists with other arguments than this release declares; drain and delete it, or run the"
            f" release that made it. The broker said: {reply}"
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One declaration: a method of pika's channel with its arguments, and what it is about."""

    method: str
    about: str
    arguments: dict[str, Any] = field(hash=False)

    @property
    def asks(self) -> bool:
        """Whether it only asks if something is there."""
        return bool(self.arguments.get("passive"))

    def is_gone(self, reply_code: int) -> bool:
        """Whether this refusal answers the question: it is not there."""
        return self.asks and reply_code == _NOT_FOUND


def slot(partition_key: str) -> int:
    """0..15: the same for a partition key in every release and language (CRC-32 of its UTF-8, modulo 16)."""
    return zlib.crc32(partition_key.encode()) % SLOTS


def routing_key(event_type: str, partition_key: str) -> str:
    """`nl.newcomers.referral-accepted.v1.7`."""
    return f"{event_type}.{slot(partition_key)}"


def queue_name(service: str, partition: int, partition_count: int) -> str:
    """`activities.p1.0`: of 1 partition, number 0."""
    return f"{service}.p{partition_count}.{partition}"


def queue_names(service: str, partition_count: int = 1) -> list[str]:
    """All queues of a service. Raises ValueError when the slots cannot be shared out evenly."""
    if partition_count < 1 or SLOTS % partition_count:
        raise ValueError(f"{partition_count} partitions: must divide {SLOTS}")
    return [queue_name(service, partition, partition_count) for partition in range(partition_count)]


def partition_of(partition_key: str, partition_count: int) -> int:
    """Which of a service's queues an event with this key goes to."""
    return slot(partition_key) % partition_count


def binding_keys(service: str, partition: int, partition_count: int) -> list[str]:
    """What one queue is bound with: each type that the service hears, for each slot of the partition."""
    slots = ["*"] if partition_count == 1 else [str(number) for number in range(partition, SLOTS, partition_count)]
    return [f"{row.event.type}.{number}" for row in heard_by(service) for number in slots]


def steps(partition_count: int | Mapping[str, int] = 1) -> list[Step]:
    """Everything, in the order in which it must be declared. `partition_count`: for all, or by service (default 1)."""
    return [*_exchanges(), *_consumed(partition_count)]


def checked_steps(partition_count: int | Mapping[str, int] = 1) -> list[Step]:
    """The same, with a question before each queue whether it is there.

    The broker closes the channel with 404 when it is not; once declared, nobody can tell that it was gone.
    """
    found = []
    for step in steps(partition_count):
        if step.method == "queue_declare":
            found.append(Step("queue_declare", step.about, {"queue": step.arguments["queue"], "passive": True}))
        found.append(step)
    return found


def _exchanges() -> Iterator[Step]:
    yield _exchange(UNROUTED_EXCHANGE, "fanout", {})
    yield _queue(UNROUTED, _LOOKED_AT)
    yield _binding(UNROUTED, UNROUTED_EXCHANGE, "")
    yield _queue(DEAD, _LOOKED_AT)
    yield _exchange(EXCHANGE, "topic", {"alternate-exchange": UNROUTED_EXCHANGE})


def _consumed(partition_count: int | Mapping[str, int]) -> Iterator[Step]:
    for service in SERVICES:
        count = partition_count if isinstance(partition_count, int) else partition_count.get(service, 1)
        for partition, queue in enumerate(queue_names(service, count)):
            yield _queue(queue, _CONSUMED)
            for key in binding_keys(service, partition, count):
                yield _binding(queue, EXCHANGE, key)


def _exchange(name: str, kind: str, arguments: dict[str, Any]) -> Step:
    return Step(
        "exchange_declare",
        f"exchange {name}",
        {"exchange": name, "exchange_type": kind, "durable": True, "arguments": arguments},
    )


def _queue(name: str, arguments: dict[str, Any]) -> Step:
    return Step("queue_declare", f"queue {name}", {"queue": name, "durable": True, "arguments": dict(arguments)})


def _binding(queue: str, exchange: str, key: str) -> Step:
    return Step("queue_bind", f"binding of {queue}", {"queue": queue, "exchange": exchange, "routing_key": key})


def parameters(
    address: str, *, heartbeat_s: int = 10, blocked_timeout_s: float = 30.0, connect_timeout_s: float = 10.0
) -> pika.URLParameters:
    """How every connection of ours is made: a peer that is cut off, and a broker that blocks us, end it in time."""
    found = pika.URLParameters(address)
    found.heartbeat = heartbeat_s
    found.blocked_connection_timeout = blocked_timeout_s
    found.socket_timeout = min(5.0, connect_timeout_s)
    found.stack_timeout = connect_timeout_s
    found.connection_attempts = 1
    found.tcp_options = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 3, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 10_000}
    return found


def connect(amqp_uri: str, name: str | None = None, timeout_s: float = 10.0) -> pika.BlockingConnection:
    """A connection to a node that answers in time; the broker calls it `name`. Raises AMQPError when none does."""
    nodes = [parameters(address, connect_timeout_s=timeout_s) for address in Addresses(amqp_uri).turn()]
    for node in nodes:
        node.client_properties = {"connection_name": name} if name else None
    try:
        return pika.BlockingConnection(nodes)
    except AMQPConnectorException as problem:  # a node that accepts and then is silent; no AMQPError of pika's
        raise pika.exceptions.AMQPConnectionError(f"{type(problem).__name__}: no node answers") from problem


def declare(amqp_uri: str, partition_count: int | Mapping[str, int] = 1) -> list[str]:
    """Bring the broker to what the catalogue says, repairing what is missing. Which queues were missing.

    Idempotent, and safe while others do the same. A missing binding cannot be seen over AMQP; it is made again anyway.
    Raises TopologyMismatch (mended only by a person) and pika.exceptions.AMQPError when the broker is away.
    """
    return _carry_out(amqp_uri, checked_steps(partition_count))


def missing(amqp_uri: str, partition_count: int | Mapping[str, int] = 1) -> list[str]:
    """The queues that should be there and are not. Changes nothing. Raises as :func:`declare` does."""
    return _carry_out(amqp_uri, [step for step in checked_steps(partition_count) if step.asks])


def _carry_out(amqp_uri: str, todo: list[Step]) -> list[str]:
    gone = []
    connection = connect(amqp_uri)
    try:
        channel = connection.channel()
        for step in todo:
            try:
                getattr(channel, step.method)(**step.arguments)
            except pika.exceptions.ChannelClosedByBroker as problem:
                if not step.is_gone(problem.reply_code):
                    raise refusal(step, problem.reply_code, problem.reply_text) from problem
                gone.append(step.arguments["queue"])
                channel = connection.channel()
        return gone
    finally:
        if connection.is_open:
            connection.close()


def refusal(step: Step, code: int, text: str) -> TopologyError:
    """What the broker's refusal of a step means."""
    if code == _PRECONDITION_FAILED:
        return TopologyMismatch(step, text)
    return TopologyError(f"{step.about} was refused: {code} {text}")
