"""The table of queues and bindings, before any broker sees it."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest

from chassis.topology import (
    DEAD,
    EXCHANGE,
    SLOTS,
    UNROUTED,
    UNROUTED_EXCHANGE,
    binding_keys,
    partition_of,
    queue_names,
    routing_key,
    slot,
    steps,
)
from contracts.catalogue import SERVICES, heard_by, told_by

COUNTS = (1, 2, 4, 8, 16)


def matches(pattern: str, key: str) -> bool:
    """As a topic exchange compares, for patterns without `#`."""
    words, given = pattern.split("."), key.split(".")
    return len(words) == len(given) and all(word in ("*", one) for word, one in zip(words, given, strict=True))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("00000000-0000-0000-0000-000000000000", 9),
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", 14),
        ("f47ac10b-58cc-4372-a567-0e02b2c3d479", 11),
    ],
)
def test_the_slot_of_a_key_never_changes(key: str, expected: int) -> None:
    """Queues hold events routed by an earlier release: another hash would break order."""
    assert slot(key) == expected


def test_slots_spread_evenly() -> None:
    found = Counter(slot(str(uuid.UUID(int=n * 7919))) for n in range(16_000))
    assert set(found) == set(range(SLOTS))
    assert max(found.values()) < 1.3 * 1000


def test_routing_key_is_type_and_slot() -> None:
    key = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    assert routing_key("nl.newcomers.referral-accepted.v1", key) == "nl.newcomers.referral-accepted.v1.14"


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("service", SERVICES)
def test_each_event_heard_reaches_exactly_one_queue_of_a_service(service: str, count: int) -> None:
    bound = {queue: binding_keys(service, number, count) for number, queue in enumerate(queue_names(service, count))}
    for row in heard_by(service):
        for _ in range(40):
            key = str(uuid.uuid4())
            routed = [
                queue
                for queue, patterns in bound.items()
                if any(matches(pattern, routing_key(row.event.type, key)) for pattern in patterns)
            ]
            assert routed == [queue_names(service, count)[partition_of(key, count)]]


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_else_reaches_a_service(service: str) -> None:
    unheard = [row.event.type for other in SERVICES for row in told_by(other) if service not in row.heard_by]
    patterns = binding_keys(service, 0, 1)
    assert not [kind for kind in unheard if any(matches(pattern, f"{kind}.3") for pattern in patterns)]


@pytest.mark.parametrize("count", [0, 3, 5, 32, -1])
def test_partitions_must_share_the_slots_out_evenly(count: int) -> None:
    with pytest.raises(ValueError, match="must divide 16"):
        queue_names("intake", count)


def test_queues_keep_all_and_in_order() -> None:
    """Rules: quorum, single active consumer, high delivery limit, dead-lettered at least once, no maximum length."""
    queues = {one.arguments["queue"]: one.arguments for one in steps(2) if one.method == "queue_declare"}
    consumed = [name for service in SERVICES for name in queue_names(service, 2)]
    assert set(queues) == {*consumed, UNROUTED, DEAD}
    for name, declared in queues.items():
        arguments = declared["arguments"]
        assert declared["durable"]
        assert arguments["x-queue-type"] == "quorum"
        assert not [one for one in arguments if "max" in one or "ttl" in one or "expires" in one]
        assert arguments["x-delivery-limit"] >= 1000
        if name in consumed:
            assert arguments["x-single-active-consumer"] is True
            assert arguments["x-dead-letter-routing-key"] == DEAD
            assert arguments["x-dead-letter-strategy"] == "at-least-once"
            assert arguments["x-overflow"] == "reject-publish"


def test_what_reaches_no_queue_goes_to_unrouted() -> None:
    exchanges = {one.arguments["exchange"]: one.arguments for one in steps() if one.method == "exchange_declare"}
    assert exchanges[EXCHANGE]["arguments"] == {"alternate-exchange": UNROUTED_EXCHANGE}
    bound = [one.arguments for one in steps() if one.method == "queue_bind"]
    assert {"queue": UNROUTED, "exchange": UNROUTED_EXCHANGE, "routing_key": ""} in bound


def test_what_is_bound_is_declared_before() -> None:
    known: set[str] = set()
    for one in steps(4):
        if one.method == "queue_bind":
            assert {one.arguments["queue"], one.arguments["exchange"]} <= known
        else:
            known.add(one.arguments.get("queue") or one.arguments["exchange"])


def test_services_may_have_different_numbers_of_partitions() -> None:
    queues = [one.arguments["queue"] for one in steps({"activities": 2}) if one.method == "queue_declare"]
    assert "activities.p2.1" in queues
    assert "intake.p1.0" in queues
    assert "activities.p1.0" not in queues
