"""A consumer killed anywhere loses nothing and repeats nothing: the service as a process, on a real broker."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator

import pytest

from contracts.envelope import Event
from tests.support.events import partner_changed, placement_agreed, referral_accepted
from tests.support.incoming import applied, ask, counted, deferred, ids, misbehave, parked
from tests.support.incoming_process import depth, publish, service
from tests.support.outgoing import new_id, until
from tests.support.service_process import ServiceProcess


@pytest.fixture
def process(counting: str, amqp_uri: str) -> Iterator[ServiceProcess]:
    """Not started yet, and killed in the end."""
    made = service(counting, amqp_uri)
    yield made
    made.kill()


def history(keys: int, length: int) -> list[Event]:
    names = [new_id() for _ in range(keys)]
    return [partner_changed(name, sequence=number) for number in range(1, length + 1) for name in names]


def assert_each_once_and_in_order(url: str, events: list[Event]) -> None:
    """Lost 0, duplicate effects 0, order kept per key."""
    happened = applied(url)
    assert sorted(happened) == sorted(ids(events))
    place = {one: number for number, one in enumerate(happened)}
    last: dict[str, int] = {}
    for event in events:
        assert last.get(event.partition_key, -1) < place[event.id]
        last[event.partition_key] = place[event.id]
    assert sum(counted(url).values()) == len(events)
    assert (deferred(url), parked(url)) == ([], {})


@pytest.mark.parametrize(
    ("failpoint", "committed"),
    [("inbox-before-commit", 0), ("inbox-mid-batch", 0), ("unit-before-commit", 0), ("inbox-after-commit", 60)],
)
def test_killed_at_a_failpoint_it_loses_and_repeats_nothing(
    counting: str, amqp_uri: str, process: ServiceProcess, failpoint: str, committed: int
) -> None:
    events = history(keys=12, length=5)
    publish(amqp_uri, events)
    process.start(FAILPOINT=failpoint)
    assert process.wait() == -signal.SIGKILL
    assert len(applied(counting)) == committed
    # The broker has it all back: nothing had been acknowledged.
    until(lambda: depth(amqp_uri) == 60)
    process.start()
    until(lambda: len(applied(counting)) == 60 and depth(amqp_uri) == 0)
    assert process.stop() == 0
    assert_each_once_and_in_order(counting, events)
    assert depth(amqp_uri) == 0


def test_killed_again_and_again_under_load_it_loses_and_repeats_nothing(
    counting: str, amqp_uri: str, process: ServiceProcess
) -> None:
    events = history(keys=30, length=40)
    publish(amqp_uri, events)
    chance = random.Random(7)
    kills = 0
    while len(applied(counting)) < len(events):
        point = chance.choice(["inbox-before-commit", "inbox-mid-batch", "inbox-after-commit"])
        process.start(FAILPOINT=f"{point}:{chance.randint(2, 4)}", INBOX_BATCH="150")
        killed = until(lambda: process.process.poll() is not None or len(applied(counting)) == len(events), 40)
        kills += bool(killed)
        process.kill()
        assert kills < 60
    process.start()
    until(lambda: depth(amqp_uri) == 0)
    assert process.stop() == 0
    assert kills > 3
    assert_each_once_and_in_order(counting, events)


def test_an_event_that_kills_the_process_is_parked_and_its_neighbours_are_applied(
    counting: str, amqp_uri: str, process: ServiceProcess
) -> None:
    bad = referral_accepted()
    after = placement_agreed(bad.subject_id)
    neighbours = [referral_accepted() for _ in range(10)]
    misbehave(counting, bad, "kill")
    publish(amqp_uri, [*neighbours[:5], bad, after, *neighbours[5:]])
    deaths = 0
    while True:
        process.start()
        until(lambda: process.process.poll() is not None or parked(counting))
        if parked(counting):
            break
        deaths += 1
        assert process.wait() == -signal.SIGKILL
    until(lambda: depth(amqp_uri) == 0 and len(applied(counting)) == 10)
    # Twice in vain among others, then five recorded attempts.
    assert deaths == 7
    assert parked(counting) == {bad.id: "crash-loop"}
    assert deferred(counting) == [after.id]
    assert sorted(applied(counting)) == sorted(ids(neighbours))
    assert ask(counting, "select count(*) from chassis.attempt") == [(0,)]
    assert process.stop() == 0


def test_a_deferred_event_that_kills_the_process_is_parked(
    counting: str, amqp_uri: str, process: ServiceProcess
) -> None:
    bad, neighbour = referral_accepted(), referral_accepted()
    misbehave(counting, bad, "raise")
    publish(amqp_uri, [bad])
    process.start(INBOX_RETRY_ATTEMPTS="4")
    until(lambda: deferred(counting) == [bad.id])
    ask(counting, "update activities.misbehaviour set how = 'kill'")
    while not parked(counting):
        until(lambda: process.process.poll() is not None or parked(counting))
        if not parked(counting):
            process.start(INBOX_RETRY_ATTEMPTS="4")
    publish(amqp_uri, [neighbour])
    until(lambda: applied(counting) == [neighbour.id])
    assert parked(counting) == {bad.id: "attempts-exhausted"}
    assert process.stop() == 0
