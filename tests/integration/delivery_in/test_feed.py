"""The broker's side: batches as they are there, acknowledged at once, given back by closing."""

from __future__ import annotations

import contextlib
import socket
import time

import pika
import pytest

from chassis.inbox.feed import BROKER_ERRORS, Feed, NotOpen, Parcel
from chassis.queues import END
from chassis.topology import declare
from tests.support.events import referral_accepted
from tests.support.incoming_process import QUEUE, depth, publish, redelivered
from tests.support.outgoing import channel, until


class Fault(Exception):
    """Something goes wrong while messages are at hand."""


def ready(amqp_uri: str, count: int) -> None:
    until(lambda: depth(amqp_uri) == count)


def test_it_takes_what_is_there_and_never_waits_to_fill(amqp_uri: str) -> None:
    events = [referral_accepted() for _ in range(7)]
    publish(amqp_uri, events)
    ready(amqp_uri, 7)
    with Feed(amqp_uri, QUEUE, prefetch=20) as feed:
        until(lambda: depth(amqp_uri) == 0)  # all handed out
        began = time.monotonic()
        parcels = feed.take(10, patience=5)
        assert time.monotonic() - began < 1
        assert [parcel.delivery.raw for parcel in parcels] == [event.raw for event in events]
        feed.acknowledge(parcels[-1].tag)
        assert feed.take(10, patience=0.05) == []
    assert depth(amqp_uri) == 0


def test_a_batch_has_its_limit_and_the_rest_is_next(amqp_uri: str) -> None:
    publish(amqp_uri, events := [referral_accepted() for _ in range(7)])
    with Feed(amqp_uri, QUEUE, prefetch=20) as feed:
        until(lambda: depth(amqp_uri) == 0)  # all handed out
        first, second = feed.take(4, 1), feed.take(4, 1)
        feed.acknowledge(second[-1].tag)
    assert (len(first), len(second)) == (4, 3)
    assert [parcel.delivery.raw for parcel in first + second] == [event.raw for event in events]


def test_it_is_full_when_the_broker_sends_no_more_before_an_acknowledgement(amqp_uri: str) -> None:
    publish(amqp_uri, [referral_accepted() for _ in range(25)])
    taken: list[Parcel] = []
    with Feed(amqp_uri, QUEUE, prefetch=20) as feed:
        until(lambda: taken.extend(feed.take(7, 1)) or len(taken) == 20)
        assert feed.is_full
        until(lambda: depth(amqp_uri) == 5)
        assert feed.take(7, 0.2) == []
        feed.cancel()
        feed.acknowledge_all()
        assert not feed.is_full
    assert len(taken) == 20
    assert redelivered(amqp_uri) == [False] * 5


def test_what_is_not_acknowledged_comes_back_in_order_and_counted(amqp_uri: str) -> None:
    publish(amqp_uri, events := [referral_accepted() for _ in range(5)])
    for round_ in range(3):
        ready(amqp_uri, 5)
        parcels: list[Parcel] = []
        with contextlib.suppress(Fault), Feed(amqp_uri, QUEUE, prefetch=20) as feed:
            until(lambda taken=parcels, of=feed: taken.extend(of.take(10, 1)) or len(taken) == 5)
            raise Fault
        assert [parcel.delivery.raw for parcel in parcels] == [event.raw for event in events]
        assert {parcel.delivery.redeliveries for parcel in parcels} == {round_}
    ready(amqp_uri, 5)
    assert redelivered(amqp_uri) == [True] * 5


@pytest.mark.parametrize(
    ("raw", "properties"),
    [
        (b'{"caf\xc3\xa9": 1}', pika.BasicProperties(content_encoding="utf-8")),
        (b"\xff raw", pika.BasicProperties(content_encoding="no-such-encoding")),
        (b"\xff raw", pika.BasicProperties(content_type="application/x-python-serialize")),
        (b"\xff raw", pika.BasicProperties(headers={"compression": "application/x-no-such"})),
        (b"\xff raw", pika.BasicProperties(headers={"x-delivery-count": "many"})),
        (b"", pika.BasicProperties()),
    ],
)
def test_a_message_whose_properties_lie_is_taken_as_bytes(
    amqp_uri: str, raw: bytes, properties: pika.BasicProperties
) -> None:
    declare(amqp_uri)
    with channel(amqp_uri) as found:
        found.confirm_delivery()
        found.basic_publish("", QUEUE, raw, properties)
    with Feed(amqp_uri, QUEUE, prefetch=20) as feed:
        (parcel,) = feed.take(10, 5)
        assert (parcel.delivery.raw, parcel.delivery.redeliveries) == (raw, 0)
        feed.acknowledge(parcel.tag)


def test_a_queue_that_is_deleted_ends_the_feed(amqp_uri: str) -> None:
    publish(amqp_uri, [])
    feed = Feed(amqp_uri, QUEUE, prefetch=20)
    feed.__enter__()
    with channel(amqp_uri) as found:
        found.queue_delete(QUEUE)
    with pytest.raises(BROKER_ERRORS) as ended:
        until(lambda: feed.take(10, 0.1))
    assert not feed.__exit__(ended.type, ended.value, ended.tb)


def test_a_connection_that_broke_unseen_is_not_silently_made_anew(amqp_uri: str) -> None:
    publish(amqp_uri, [])
    feed = Feed(amqp_uri, QUEUE, prefetch=20)
    feed.__enter__()
    # As when the heartbeat of another thread met the reset connection first.
    feed._amqp.transport.connected = False
    feed._amqp.transport.sock.shutdown(socket.SHUT_RDWR)
    with pytest.raises(BROKER_ERRORS) as ended:
        feed.take(10, 0.5)
    assert not feed.__exit__(ended.type, ended.value, ended.tb)


def test_it_lives_through_a_batch_longer_than_the_brokers_patience(amqp_uri: str) -> None:
    publish(amqp_uri, [referral_accepted()])
    with Feed(amqp_uri, QUEUE, prefetch=20, heartbeat_s=1) as feed:
        (parcel,) = feed.take(10, 5)
        time.sleep(6)  # a handler that takes far longer than two heartbeats
        feed.acknowledge(parcel.tag)
        assert feed.take(10, 1) == []
    assert depth(amqp_uri) == 0


def test_a_queue_that_is_not_there_is_a_broker_error(amqp_uri: str) -> None:
    declare(amqp_uri)
    with channel(amqp_uri) as found:
        found.queue_delete(QUEUE)
    with pytest.raises(BROKER_ERRORS), Feed(amqp_uri, QUEUE, prefetch=20):
        raise AssertionError("there is no such queue")


def test_a_queue_that_is_not_open_is_not_consumed(amqp_uri: str) -> None:
    """Rule: what was published before a change of partitions comes first, so new queues wait for their mark."""
    publish(amqp_uri, [referral_accepted()])
    with channel(amqp_uri) as found:
        found.exchange_delete(f"{QUEUE}.open")
    with pytest.raises(NotOpen), Feed(amqp_uri, QUEUE, prefetch=20):
        raise AssertionError("it must not be consumed")
    assert depth(amqp_uri) == 1


def test_the_end_of_a_queue_is_told_from_events_and_comes_after_those_before_it(amqp_uri: str) -> None:
    publish(amqp_uri, events := [referral_accepted() for _ in range(3)])
    with channel(amqp_uri) as found:
        found.basic_publish("", QUEUE, b"", pika.BasicProperties(type=END, delivery_mode=2))
    publish(amqp_uri, [referral_accepted()])
    with Feed(amqp_uri, QUEUE, prefetch=20) as feed:
        parcels: list[Parcel] = []
        until(lambda: parcels.extend(feed.take(10, 1)) or len(parcels) == 5)
    assert [parcel.is_end for parcel in parcels] == [False, False, False, True, False]
    assert [parcel.delivery.raw for parcel in parcels[:3]] == [event.raw for event in events]
