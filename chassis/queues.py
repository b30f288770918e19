"""Exchanges, queues and bindings as data, made from the one table in :mod:`contracts.catalogue` (ADR 0005).

How many partitions a service has is known to the broker alone, by marks: exchanges that nothing is bound to. The mark
`activities.p2` has relays declare two queues; `activities.p2.0.open` lets that queue be consumed; and
`activities.p1.drains` says that the one queue is worked off first. Only :mod:`chassis.repartition` changes them
(ADR 0020).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.catalogue import SERVICES, heard_by
from contracts.event import TYPE_PREFIX

EXCHANGE: Final = "newcomers"
UNROUTED_EXCHANGE: Final = "newcomers.unrouted"
UNROUTED: Final = "unrouted"
DEAD: Final = "dead"
SLOTS: Final = 16
COUNTS: Final = (1, 2, 4, 8, 16)
"""How many partitions a service can have: what divides the slots."""

END: Final = "meedoen.end-of-queue"
"""Type of the message that says: all that comes after it in this queue is in the queues of a new partitioning too."""

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
    """What one queue is bound with: each type that the service hears, for each slot of the partition.

    With a version come those before it: one message may hold both, and travels under the older's type (ADR 0034).
    """
    slots = ["*"] if partition_count == 1 else [str(number) for number in range(partition, SLOTS, partition_count)]
    versions = dict.fromkeys(
        (row.event.slug, version) for row in heard_by(service) for version in range(1, row.event.version + 1)
    )
    return [f"{TYPE_PREFIX}{slug}.v{version}.{number}" for slug, version in versions for number in slots]


def steps(partition_count: int | Mapping[str, int] = 1) -> list[Step]:
    """Everything, in the order in which it must be declared. `partition_count`: for all, or by service (default 1)."""
    return [*exchange_steps(), *_consumed(partition_count)]


def counts_mark(service: str, partition_count: int) -> str:
    """The mark that says: relays declare this service's queues for this number of partitions."""
    return f"{service}.p{partition_count}"


def drains_mark(service: str, partition_count: int) -> str:
    """The mark that says: the queues of this number of partitions are worked off and then deleted."""
    return f"{service}.p{partition_count}.drains"


def open_mark(queue: str) -> str:
    """The mark that says: this queue may be consumed."""
    return f"{queue}.open"


def mark(name: str) -> Step:
    """Set a mark."""
    return _exchange(name, "fanout", {}, f"mark {name}")


def is_marked(name: str) -> Step:
    """Ask for a mark."""
    return Step("exchange_declare", f"mark {name}", {"exchange": name, "passive": True})


def is_there(queue: str) -> Step:
    """Ask for a queue: the broker closes the channel with 404 when it is not there."""
    return Step("queue_declare", f"queue {queue}", {"queue": queue, "passive": True})


def exchange_steps() -> Iterator[Step]:
    yield _exchange(UNROUTED_EXCHANGE, "fanout", {})
    yield _queue(UNROUTED, _LOOKED_AT)
    yield _binding(UNROUTED, UNROUTED_EXCHANGE, "")
    yield _queue(DEAD, _LOOKED_AT)
    yield _exchange(EXCHANGE, "topic", {"alternate-exchange": UNROUTED_EXCHANGE})


def _consumed(partition_count: int | Mapping[str, int]) -> Iterator[Step]:
    for service in SERVICES:
        yield from partition_steps(
            service, partition_count if isinstance(partition_count, int) else partition_count.get(service, 1)
        )


def partition_steps(service: str, partition_count: int) -> Iterator[Step]:
    """A service's queues, each followed by its bindings."""
    for partition, queue in enumerate(queue_names(service, partition_count)):
        yield _queue(queue, _CONSUMED)
        for key in binding_keys(service, partition, partition_count):
            yield _binding(queue, EXCHANGE, key)


def _exchange(name: str, kind: str, arguments: dict[str, Any], about: str | None = None) -> Step:
    return Step(
        "exchange_declare",
        about or f"exchange {name}",
        {"exchange": name, "exchange_type": kind, "durable": True, "arguments": arguments},
    )


def _queue(name: str, arguments: dict[str, Any]) -> Step:
    return Step("queue_declare", f"queue {name}", {"queue": name, "durable": True, "arguments": dict(arguments)})


def _binding(queue: str, exchange: str, key: str) -> Step:
    return Step("queue_bind", f"binding of {queue}", {"queue": queue, "exchange": exchange, "routing_key": key})
