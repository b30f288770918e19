"""What lies in `dead` and `unrouted` is shown without being taken, and sent again without being lost."""

from __future__ import annotations

import pika
import pytest

from chassis.strays import replay_strays, strays
from chassis.topology import DEAD, EXCHANGE, UNROUTED, declare
from tests.support.events import referral_accepted
from tests.support.incoming_process import QUEUE, depth, publish
from tests.support.outgoing import channel, queue_depth, take, until


def send_to_dead(amqp_uri: str, count: int) -> list[str]:
    """Events that the broker gave up on: as if each had been delivered too often."""
    events = [referral_accepted() for _ in range(count)]
    publish(amqp_uri, events)
    with channel(amqp_uri) as found:
        found.basic_qos(prefetch_count=count)
        for number, (method, _, _) in enumerate(found.consume(QUEUE, inactivity_timeout=20), start=1):
            assert method is not None
            found.basic_reject(method.delivery_tag, requeue=False)
            if number == count:
                break
        found.cancel()
    until(lambda: queue_depth(amqp_uri, DEAD) == count)
    return [event.id for event in events]


def test_dead_events_are_shown_and_stay(amqp_uri: str) -> None:
    dead = send_to_dead(amqp_uri, 3)
    for _ in range(2):
        shown = strays(amqp_uri, DEAD)
        assert [one.id for one in shown] == dead
        assert {(one.reason, one.died_in) for one in shown} == {("rejected", QUEUE)}
        until(lambda: queue_depth(amqp_uri, DEAD) == 3)
    assert [one.id for one in strays(amqp_uri, DEAD, limit=2)] == dead[:2]


def test_dead_events_are_sent_again_with_their_own_bytes(amqp_uri: str) -> None:
    dead = send_to_dead(amqp_uri, 3)
    assert replay_strays(amqp_uri, DEAD) == 3
    until(lambda: depth(amqp_uri) == 3)
    assert queue_depth(amqp_uri, DEAD) == 0
    back = take(amqp_uri, QUEUE)
    assert [dead_id.encode() in body for dead_id, (_, body) in zip(dead, back, strict=True)] == [True] * 3
    assert [properties.headers for properties, _ in back] == [None] * 3


def test_one_of_several_is_sent_again_and_the_others_stay(amqp_uri: str) -> None:
    dead = send_to_dead(amqp_uri, 3)
    assert replay_strays(amqp_uri, DEAD, ids=[dead[1]]) == 1
    until(lambda: depth(amqp_uri) == 1 and queue_depth(amqp_uri, DEAD) == 2)
    assert [one.id for one in strays(amqp_uri, DEAD)] == [dead[0], dead[2]]


def test_an_unrouted_event_finds_its_way_when_the_bindings_are_there(amqp_uri: str) -> None:
    declare(amqp_uri)
    event = referral_accepted()
    with channel(amqp_uri) as found:
        found.confirm_delivery()
        found.basic_publish(EXCHANGE, "no.such.key", event.raw, pika.BasicProperties(message_id=event.id))
    until(lambda: queue_depth(amqp_uri, UNROUTED) == 1)
    (shown,) = strays(amqp_uri, UNROUTED)
    assert (shown.id, shown.type, shown.queue) == (event.id, event.type, UNROUTED)
    assert replay_strays(amqp_uri, UNROUTED) == 1
    until(lambda: depth(amqp_uri) == 1)
    assert queue_depth(amqp_uri, UNROUTED) == 0
    ((properties, _),) = take(amqp_uri, QUEUE)
    assert properties.message_id == event.id


def test_what_still_has_nowhere_to_go_is_not_lost_and_does_not_go_round(amqp_uri: str) -> None:
    declare(amqp_uri)
    with channel(amqp_uri) as found:
        found.confirm_delivery()
        for number in range(3):
            found.basic_publish(EXCHANGE, "no.such.key", f"junk {number}".encode())
    until(lambda: queue_depth(amqp_uri, UNROUTED) == 3)
    assert replay_strays(amqp_uri, UNROUTED) == 3
    until(lambda: queue_depth(amqp_uri, UNROUTED) == 3)
    assert sorted(one.raw for one in strays(amqp_uri, UNROUTED)) == [b"junk 0", b"junk 1", b"junk 2"]


def test_a_services_own_queue_is_no_place_for_strays(amqp_uri: str) -> None:
    declare(amqp_uri)
    with pytest.raises(ValueError, match="not one of dead, unrouted"):
        strays(amqp_uri, QUEUE)
