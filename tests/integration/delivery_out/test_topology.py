"""Design section 4, point 2: everything declared from one table, again and again, and nothing lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pika.exceptions
import pytest

from chassis.database import Database
from chassis.relay.pace import Pace
from chassis.topology import (
    DEAD,
    DELIVERY_LIMIT,
    EXCHANGE,
    UNROUTED,
    TopologyMismatch,
    declare,
    missing,
    parameters,
    partition_of,
    queue_names,
)
from contracts.catalogue import SERVICES
from contracts.intake import LibraryRegistered
from tests.support.outgoing import (
    RelayProcess,
    RelayThread,
    channel,
    new_id,
    outbox_depth,
    queue_depth,
    take,
    take_events,
    tell_libraries,
    until,
)
from tests.support.partitioned import change_unattended

QUEUE = "reporting.p1.0"
HEARS_LIBRARIES = ("activities.p1.0", "notifications.p1.0", QUEUE)
KEY = f"{LibraryRegistered.type}.*"
NEVER = 3600.0
_MISSING = "queues_were_missing"


@pytest.fixture
def spied(wired: str) -> Iterator[Any]:
    """A channel to the wired vhost."""
    with channel(wired) as found:
        yield found


def test_declares_everything_once_and_for_all(amqp_uri: str) -> None:
    """Rule: idempotent. What was missing is told the first time only."""
    queues = {queue_names(service)[0] for service in SERVICES}
    assert set(declare(amqp_uri)) == {UNROUTED, DEAD, *queues}
    assert declare(amqp_uri) == []


def test_what_is_missing_can_be_asked_without_making_it(wired: str, spied: Any) -> None:
    assert missing(wired) == []
    for queue in (QUEUE, DEAD):
        spied.queue_delete(queue)
    assert set(missing(wired)) == {QUEUE, DEAD}
    assert set(missing(wired)) == {QUEUE, DEAD}
    assert set(declare(wired)) == {QUEUE, DEAD}


def test_queues_of_other_arguments_are_one_clear_error(amqp_uri: str) -> None:
    """Rule: a mismatch of arguments is an error that names the queue, not a loop."""
    with channel(amqp_uri) as found:
        found.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 5})
    with pytest.raises(TopologyMismatch, match=r"queue reporting\.p1\.0 exists with other arguments.*x-"):
        declare(amqp_uri)


def test_a_relay_says_a_mismatch_once_and_ends(database: str, amqp_uri: str, tmp_path: Path) -> None:
    """Rule: trying again cannot mend it, so the relay ends with code 78 instead of trying for ever."""
    with channel(amqp_uri) as found:
        found.queue_declare(QUEUE, durable=True)
    log = tmp_path / "log"
    with RelayProcess(database, amqp_uri, log) as relay:
        assert relay.wait(20) == 78
    assert log.read_text().count('"event":"relay_cannot_start"') == 1
    assert "queue reporting.p1.0 exists with other arguments" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_mismatch_made_later_does_not_stop_the_flow(intake: Database, amqp_uri: str, capsys: Any) -> None:
    """Rule: events go on while the queue is there, whatever its arguments; it is said, once."""
    with RelayThread(intake, amqp_uri, Pace(topology_every=0.2)) as running, channel(amqp_uri) as found:
        until(lambda: running.relay.state.broker is None)
        found.queue_delete("intake.p1.0")
        until(lambda: _declares(amqp_uri, "intake.p1.0"))
        until(lambda: "topology_differs" in capsys.readouterr().out)
        tell_libraries(intake, new_id())
        until(lambda: outbox_depth(intake) == 0)
        until(lambda: queue_depth(amqp_uri, QUEUE) == 1)
    assert "topology_differs" not in capsys.readouterr().out


def _declares(amqp_uri: str, queue: str) -> bool:
    """Whether we were quicker than the relay to make this queue in another form."""
    with channel(amqp_uri) as found:
        found.queue_delete(queue)
        try:
            found.queue_declare(queue, durable=True)
        except pika.exceptions.ChannelClosedByBroker:
            return False
        return True


def test_a_missing_binding_is_made_again_every_minute(intake: Database, wired: str, spied: Any) -> None:
    """Rule: a missing binding of one consumer is silent, so every relay declares again and again.

    Fails when the relay declares only at start: the events never reach reporting, though the others get them.
    """
    with RelayThread(intake, wired, Pace(topology_every=0.3)) as running:
        until(lambda: running.relay.state.broker is None)
        spied.queue_unbind(QUEUE, EXCHANGE, KEY)

        def arrives() -> bool:
            tell_libraries(intake, new_id())
            until(lambda: outbox_depth(intake) == 0)
            return queue_depth(wired, QUEUE) > 0

        until(arrives, every=0.1)


def test_a_deleted_queue_is_made_again_every_minute(intake: Database, wired: str, spied: Any, capsys: Any) -> None:
    """Rule: as above for a queue, and it is said, since what lay in it must be replayed."""
    with RelayThread(intake, wired, Pace(topology_every=0.3)) as running:
        until(lambda: running.relay.state.broker is None)

        spied.queue_delete(QUEUE)
        until(lambda: _exists(wired, QUEUE))
        until(lambda: QUEUE in "".join(line for line in capsys.readouterr().out.splitlines() if _MISSING in line))
        tell_libraries(intake, new_id())
        until(lambda: queue_depth(wired, QUEUE) == 1)


def _exists(amqp_uri: str, queue: str) -> bool:
    with channel(amqp_uri) as found:
        try:
            found.queue_declare(queue, passive=True)
        except pika.exceptions.ChannelClosedByBroker:
            return False
        return True


def test_a_deleted_exchange_is_made_again_at_once(intake: Database, wired: str, spied: Any) -> None:
    """Publishing to it closes the channel; the next session declares it before it publishes again."""
    with RelayThread(intake, wired, Pace(topology_every=NEVER)) as running:
        until(lambda: running.relay.state.broker is None)
        spied.exchange_delete(EXCHANGE)
        (told,) = tell_libraries(intake, new_id())
        until(lambda: outbox_depth(intake) == 0)
    assert [event.id for event in take_events(wired, QUEUE)] == [told]


def test_what_reaches_no_queue_at_all_comes_back_and_is_sent_again(intake: Database, wired: str, spied: Any) -> None:
    """Rules: mandatory; on a return the channel is closed and all begins again from the lowest unconfirmed.

    Fails without `mandatory`: the broker confirms what it threw away.
    """
    for queue in HEARS_LIBRARIES:
        spied.queue_unbind(queue, EXCHANGE, KEY)
    with RelayThread(intake, wired, Pace(topology_every=NEVER)) as running:
        until(lambda: running.relay.state.broker is None)
        for queue in HEARS_LIBRARIES:
            spied.queue_unbind(queue, EXCHANGE, KEY)
        spied.queue_unbind(UNROUTED, "newcomers.unrouted", "")
        told = [event for _ in range(5) for event in tell_libraries(intake, *(new_id() for _ in range(20)))]
        until(lambda: outbox_depth(intake) == 0)
    for queue in HEARS_LIBRARIES:
        assert list(dict.fromkeys(event.id for event in take_events(wired, queue))) == told


def test_the_alternate_exchange_keeps_what_nobody_is_bound_to(intake: Database, wired: str, spied: Any) -> None:
    """Rule: an alternate exchange to `unrouted`. Fails without it: see the test above for what then happens."""
    with RelayThread(intake, wired, Pace(topology_every=NEVER)) as running:
        until(lambda: running.relay.state.broker is None)
        for queue in HEARS_LIBRARIES:
            spied.queue_unbind(queue, EXCHANGE, KEY)
        told = tell_libraries(intake, *(new_id() for _ in range(10)))
        until(lambda: outbox_depth(intake) == 0)
    assert [event.id for event in take_events(wired, UNROUTED)] == told


def test_what_is_handed_out_too_often_or_refused_is_kept_in_dead(wired: str, spied: Any) -> None:
    """Rules: a high delivery limit; dead-lettered at least once to `dead`, where it is kept."""
    for body in (b"refused", b"returned"):
        spied.basic_publish("", QUEUE, body, pika.BasicProperties(delivery_mode=2))
    spied.basic_qos(prefetch_count=1)
    handed_out = 0
    for method, _, body in spied.consume(QUEUE, inactivity_timeout=20):
        assert method is not None, f"nothing more came after {handed_out}"
        if body == b"refused":
            spied.basic_nack(method.delivery_tag, requeue=False)
            continue
        handed_out += 1
        spied.basic_nack(method.delivery_tag, requeue=True)
        if handed_out == DELIVERY_LIMIT + 1:
            break
    spied.cancel()
    until(lambda: queue_depth(wired, DEAD) == 2)
    assert sorted(body for _, body in take(wired, DEAD)) == [b"refused", b"returned"]
    assert queue_depth(wired, QUEUE) == 0


@pytest.mark.parametrize("queue", [DEAD, UNROUTED])
def test_a_message_may_be_looked_at_as_often_as_one_likes(wired: str, spied: Any, queue: str) -> None:
    """RabbitMQ 4 counts each look, and drops a message at the 21st unless the queue has another limit."""
    spied.basic_publish("", queue, b"kept", pika.BasicProperties(delivery_mode=2))
    for _ in range(30):
        method, _, body = until(lambda: (got := spied.basic_get(queue))[0] and got)
        assert body == b"kept"
        spied.basic_nack(method.delivery_tag, requeue=True)
    until(lambda: queue_depth(wired, queue) == 1)


def test_only_one_of_two_consumers_is_given_anything(wired: str) -> None:
    """Rule: single active consumer."""
    with channel(wired) as first, channel(wired) as second:
        got: dict[str, list[bytes]] = {"first": [], "second": []}
        for name, one in (("first", first), ("second", second)):
            one.basic_consume(QUEUE, lambda *said, name=name: got[name].append(said[3]), auto_ack=True)
        for number in range(20):
            first.basic_publish("", QUEUE, b"%d" % number)

        def all_came() -> bool:
            for one in (first, second):
                one.connection.process_data_events(time_limit=0.02)
            return len(got["first"]) + len(got["second"]) == 20

        until(all_came)
    assert got["second"] == []
    assert got["first"] == [b"%d" % number for number in range(20)]


@pytest.mark.parametrize("count", [2, 4])
def test_with_more_partitions_each_event_reaches_one_queue_of_each_service(
    intake: Database, amqp_uri: str, count: int
) -> None:
    """Rule: slots are shared out; a key always has the same queue."""
    ids = [new_id() for _ in range(60)]
    tell_libraries(intake, *ids)
    declare(amqp_uri, count)
    with RelayThread(intake, amqp_uri):
        until(lambda: outbox_depth(intake) == 0)
    found = [
        {event.partition_key for event in take_events(amqp_uri, queue)} for queue in queue_names("reporting", count)
    ]
    assert sorted(key for keys in found for key in keys) == sorted(ids)
    for number, keys in enumerate(found):
        assert keys
        assert {partition_of(key, count) for key in keys} == {number}
    assert take(amqp_uri, UNROUTED) == []


def test_a_relay_declares_as_many_as_the_broker_says_and_never_what_it_knew_before(
    intake: Database, wired: str
) -> None:
    """Rule: nothing undoes a change of partitions; what is declared each minute is what is in force then.

    Fails when the number comes from a setting, or is remembered from the declaration before.
    """
    with RelayThread(intake, wired, Pace(topology_every=0.2)) as running:
        until(lambda: running.relay.state.broker is None)
        change_unattended(wired, 4)
        with channel(wired) as found:
            found.queue_delete("activities.p4.3")
        until(lambda: _exists(wired, "activities.p4.3"))
        assert not _exists(wired, "activities.p1.0")
    assert declare(wired) == []
    assert missing(wired) == []


def test_a_lost_mark_is_found_again_by_what_is_open(wired: str) -> None:
    """Rule: a broker that knows of four partitions is not taken for a new one."""
    change_unattended(wired, 4)
    with channel(wired) as found:
        found.exchange_delete("activities.p4")
    assert declare(wired) == []
    assert not _exists(wired, "activities.p1.0")


def test_connections_end_when_the_broker_is_silent(wired: str) -> None:
    """Rule: TCP keepalives and a user timeout, so that a peer that is cut off is let go."""
    found = parameters(wired)
    assert found.tcp_options["TCP_USER_TIMEOUT"] == 10_000
    assert found.heartbeat == 10
    assert found.blocked_connection_timeout == 30
