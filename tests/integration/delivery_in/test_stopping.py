"""Stopping, and several processes on one queue: no redelivery, one active, and the next takes over."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.support.events import partner_changed, referral_accepted
from tests.support.incoming import applied, ids
from tests.support.incoming_process import depth, health, publish, redelivered, service
from tests.support.outgoing import new_id, until
from tests.support.service_process import ServiceProcess

QUEUES = "activities.p1.0"


@pytest.fixture
def two(counting: str, amqp_uri: str) -> Iterator[tuple[ServiceProcess, ServiceProcess]]:
    """Two processes for one queue, not started yet."""
    made = service(counting, amqp_uri, INBOX_BATCH="20"), service(counting, amqp_uri, INBOX_BATCH="20")
    yield made
    for process in made:
        process.kill()


def state(process: ServiceProcess) -> str:
    return str(health(process)["inbox"].get("queues", {}).get(QUEUES, "unwell"))


def test_sigterm_under_load_finishes_what_it_has_and_leaves_the_rest_untouched(
    counting: str, amqp_uri: str, two: tuple[ServiceProcess, ServiceProcess]
) -> None:
    names = [new_id() for _ in range(30)]
    events = [partner_changed(name, sequence=number) for number in range(1, 101) for name in names]
    publish(amqp_uri, events)
    process, _ = two
    process.start()
    until(lambda: len(applied(counting)) > 200)
    assert process.stop(seconds=20) == 0
    done = applied(counting)
    assert 200 < len(done) < len(events)
    assert len(set(done)) == len(done)
    left = redelivered(amqp_uri)
    assert len(done) + len(left) == len(events)
    assert not any(left)


def test_one_of_two_is_active_and_the_other_takes_over_when_it_is_killed(
    counting: str, amqp_uri: str, two: tuple[ServiceProcess, ServiceProcess]
) -> None:
    publish(amqp_uri, [referral_accepted() for _ in range(30)])
    first, second = two
    first.start()
    until(lambda: state(first) == "active")
    second.start()
    until(lambda: state(second) == "standby")
    events = [referral_accepted() for _ in range(300)]
    publish(amqp_uri, events)
    first.process.send_signal(signal.SIGKILL)
    until(lambda: state(second) == "active", seconds=15)
    until(lambda: len(applied(counting)) == 330 and depth(amqp_uri) == 0, seconds=15)
    assert len(set(applied(counting))) == 330


def test_the_other_takes_over_at_once_when_it_is_stopped(
    counting: str, amqp_uri: str, two: tuple[ServiceProcess, ServiceProcess]
) -> None:
    publish(amqp_uri, [])
    first, second = two
    first.start()
    until(lambda: state(first) == "active")
    second.start()
    until(lambda: state(second) == "standby")
    assert first.stop() == 0
    until(lambda: state(second) == "active", seconds=5)
    publish(amqp_uri, events := [referral_accepted() for _ in range(10)])
    until(lambda: sorted(applied(counting)) == sorted(ids(events)))
    assert second.stop() == 0


def test_one_that_stands_by_stops_at_once(amqp_uri: str, two: tuple[ServiceProcess, ServiceProcess]) -> None:
    publish(amqp_uri, [])
    first, second = two
    first.start()
    until(lambda: state(first) == "active")
    second.start()
    until(lambda: state(second) == "standby")
    assert second.stop(seconds=10) == 0
    assert first.stop() == 0
