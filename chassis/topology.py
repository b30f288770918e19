"""Bring every exchange, queue and binding about, from the one table in :mod:`contracts.catalogue` (ADR 0005).

A missing binding of one consumer is silent to the publisher, so whoever publishes first declares everything, and again
every minute. What is declared is data (:mod:`chassis.queues`), and bringing it about a dialogue with the broker
(:func:`bringing_about`): :func:`declare` holds it at once, the relay without waiting.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import Final, TypeVar

import pika
import pika.exceptions
from pika.adapters.utils.connection_workflow import AMQPConnectorException

from chassis.addresses import Addresses
from chassis.queues import (
    COUNTS,
    DEAD,
    DELIVERY_LIMIT,
    EXCHANGE,
    SLOTS,
    UNROUTED,
    UNROUTED_EXCHANGE,
    Step,
    binding_keys,
    counts_mark,
    exchange_steps,
    is_marked,
    is_there,
    mark,
    open_mark,
    partition_of,
    partition_steps,
    queue_name,
    queue_names,
    routing_key,
    slot,
    steps,
)
from contracts.catalogue import SERVICES

__all__ = [
    "DEAD", "DELIVERY_LIMIT", "EXCHANGE", "SLOTS", "UNROUTED", "UNROUTED_EXCHANGE", "Dialogue", "Step", "TopologyError",
    "TopologyMismatch", "binding_keys", "bringing_about", "connect", "declare", "hold", "missing", "parameters",
    "partition_of", "queue_name", "queue_names", "refusal", "repairing", "routing_key", "slot", "steps",
]  # fmt: skip

T = TypeVar("T")
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


Dialogue = Generator[Step, bool, list[str]]
"""Steps to carry out one after the other; it is sent whether what it asks for is there, and returns names of queues."""


def bringing_about(known: dict[str, int], fresh: int | Mapping[str, int] = 1) -> Dialogue:
    """Declare everything; the queues that were missing, since once declared, nobody can tell that they were gone.

    Each service has as many partitions as the broker's marks say, which are asked for and not set: who last looked a
    minute ago must not undo a change. `known` is where to begin asking, and holds what was found afterwards. Only
    where no mark of a service is left, as in a new broker, `fresh` says how many (for all, or by service).
    """
    gone = yield from repairing(exchange_steps())
    for service in SERVICES:
        found = yield from _in_force(service, known.get(service, 1))
        if found is None:
            found = fresh if isinstance(fresh, int) else fresh.get(service, 1)
            for queue in queue_names(service, found):
                yield mark(open_mark(queue))
            yield mark(counts_mark(service, found))
        known[service] = found
        gone += yield from repairing(partition_steps(service, found))
    return gone


def _in_force(service: str, supposed: int) -> Generator[Step, bool, int | None]:
    for count in dict.fromkeys((supposed, *COUNTS)):
        if (yield is_marked(counts_mark(service, count))):
            return count
    for count in COUNTS:
        if (yield is_marked(open_mark(queue_name(service, 0, count)))):
            yield mark(counts_mark(service, count))
            return count
    return None


def repairing(todo: Iterable[Step]) -> Dialogue:
    """Declare these, asking for each queue before: those that were missing."""
    gone = []
    for step in todo:
        if step.method == "queue_declare" and not (yield is_there(step.arguments["queue"])):
            gone.append(step.arguments["queue"])
        yield step
    return gone


def _looking() -> Dialogue:
    gone = []
    for service in SERVICES:
        found = yield from _in_force(service, 1)
        for queue in queue_names(service, found or 1):
            if not (yield is_there(queue)):
                gone.append(queue)
    for queue in (UNROUTED, DEAD):
        if not (yield is_there(queue)):
            gone.append(queue)
    return gone


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


def declare(amqp_uri: str, fresh: int | Mapping[str, int] = 1) -> list[str]:
    """Bring the broker to what the catalogue says, repairing what is missing. Which queues were missing.

    Idempotent, and safe while others do the same. A missing binding cannot be seen over AMQP; it is made again anyway.
    `fresh`: how many partitions where the broker knows of none (for all, or by service). Raises TopologyMismatch
    (mended only by a person) and pika.exceptions.AMQPError when the broker is away.
    """
    return _held(amqp_uri, bringing_about({}, fresh))


def missing(amqp_uri: str) -> list[str]:
    """The queues that should be there and are not. Changes nothing. Raises as :func:`declare` does."""
    return _held(amqp_uri, _looking())


def _held(amqp_uri: str, dialogue: Dialogue) -> list[str]:
    connection = connect(amqp_uri)
    try:
        return hold(connection, dialogue)
    finally:
        if connection.is_open:
            connection.close()


def hold(connection: pika.BlockingConnection, dialogue: Generator[Step, bool, T]) -> T:
    """Carry out the steps of a dialogue, each when the one before is done; what it returns."""
    channel = connection.channel()
    answer: bool | None = None
    while True:
        try:
            step = next(dialogue) if answer is None else dialogue.send(answer)
        except StopIteration as end:
            channel.close()
            found: T = end.value
            return found
        try:
            getattr(channel, step.method)(**step.arguments)
            answer = True
        except pika.exceptions.ChannelClosedByBroker as problem:
            if not step.is_gone(problem.reply_code):
                raise refusal(step, problem.reply_code, problem.reply_text) from problem
            answer = False
            channel = connection.channel()


def refusal(step: Step, code: int, text: str) -> TopologyError:
    """What the broker's refusal of a step means."""
    if code == _PRECONDITION_FAILED:
        return TopologyMismatch(step, text)
    return TopologyError(f"{step.about} was refused: {code} {text}")
