"""Several connections at once: no place is given twice, nobody is overlooked; and the database itself says no."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import psycopg2
import pytest

from chassis.testing import Harness
from services.activities.domain.matching import Need, Opening
from services.activities.placement import Placement
from services.activities.service import ActivitiesService
from tests.support.lines import check
from tests.support.newcomers import LIBRARY, NOW, RECEIVED, ident
from tests.support.town import Town, accepted, declined

GROUP = Opening(
    activity_id=ident(0xA, 1),
    library_id=LIBRARY,
    kind="language-group",
    municipality="GM0153",
    free=1,
    next_in={"mon-morning": NOW},
)


def need(number: int, **facts: object) -> Need:
    base = Need(
        need_id=ident(0xB, number),
        referral_id=ident(0xC, number),
        participant_id=ident(0xD, number),
        library_id=LIBRARY,
        kind="language-group",
        municipality="GM0153",
        received_at=RECEIVED + timedelta(days=number),
    )
    return replace(base, **facts)


@pytest.fixture
def other_town(activities_database: str) -> Iterator[Town]:
    """The same town through another process's connections."""
    with Harness(ActivitiesService, activities_database) as harness:
        yield Town(harness)


def at_once(*jobs: Callable[[], object]) -> None:
    """Begin these together, and raise what one of them raises."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        barrier.wait(10)
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for done in [pool.submit(run, job) for job in jobs]:
            done.result(60)


def waits_for_a_lock(town: Town) -> bool:
    return bool(
        town.harness.rows(
            "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
    )


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def test_two_connections_race_for_the_last_place(town, other_town):
    for round_ in range(15):
        town.begin_anew()
        town.schedule(GROUP)
        one, two = need(2 * round_), need(2 * round_ + 1)
        at_once(lambda n=one: town.deliver([accepted(n)]), lambda n=two: other_town.deliver([accepted(n)]))
        states = sorted(each.state for each in town.standings().values())
        assert states == ["held", "waiting"]
        check({GROUP.activity_id: GROUP}, town.standings())


def test_the_second_waits_until_the_first_has_decided(town, other_town):
    town.schedule(GROUP)
    with ThreadPoolExecutor(1) as pool, town.harness.unit() as unit:
        service = town.harness.service(unit)
        Placement(service.store, service.tell).arrive([accepted(need(5))])
        second = pool.submit(other_town.deliver, [accepted(need(1))])
        until(lambda: waits_for_a_lock(town))
        assert not second.done()
        unit.commit()
        second.result(30)
    assert {key: each.state for key, each in town.standings().items()} == {
        need(5).need_id: "held",
        need(1).need_id: "waiting",
    }


def test_an_activity_that_is_scheduled_meanwhile_is_not_overlooked(town, other_town):
    with ThreadPoolExecutor(1) as pool, town.harness.unit() as unit:
        service = town.harness.service(unit)
        Placement(service.store, service.tell).arrive([accepted(need(1))])
        scheduling = pool.submit(other_town.schedule, GROUP)
        until(lambda: waits_for_a_lock(town))
        unit.commit()
        scheduling.result(30)
    assert town.standings()[need(1).need_id].state == "held"


def test_many_connections_schedule_refer_and_decline_at_once(town, activities_database):
    offer = [replace(GROUP, activity_id=ident(0xA, number), free=2) for number in range(4)]
    town.schedule(offer[0])
    town.deliver([accepted(need(n)) for n in range(6)])
    harnesses = [Harness(ActivitiesService, activities_database) for _ in range(4)]
    try:
        towns = [Town(harness) for harness in harnesses]
        at_once(
            lambda: [towns[0].schedule(each) for each in offer[1:]],
            lambda: [towns[1].deliver([accepted(need(n)), accepted(need(n + 1))]) for n in range(10, 20, 2)],
            lambda: [towns[2].deliver([accepted(need(n))]) for n in range(20, 25)],
            lambda: [towns[3].deliver([declined(need(n))]) for n in range(2)],
        )
    finally:
        for harness in harnesses:
            harness.close()
    check({each.activity_id: each for each in offer}, town.standings())
    assert sum(each.has_place for each in town.standings().values()) == 8


def test_lines_are_locked_in_one_order_whatever_the_order_asked_in(town, other_town):
    lines = [(ident(0x1, number), "language-group") for number in range(1, 41)]
    with town.harness.unit() as unit:
        for line in reversed(lines):  # so that they do not lie in order already
            town.harness.service(unit).store.lock([line])
    with ThreadPoolExecutor(1) as pool, town.harness.unit() as holds_the_first, other_town.harness.unit() as wants_all:
        town.harness.service(holds_the_first).store.lock(lines[:1])
        waiting = pool.submit(other_town.harness.service(wants_all).store.lock, lines[::-1])
        until(lambda: waits_for_a_lock(town))
        free = town.harness.rows("select library_id from line for no key update skip locked")
        assert len(free) == 39, "whoever waits for the first holds none of the others"
        holds_the_first.commit()
        waiting.result(30)


def test_groups_over_the_same_lines_in_opposite_order_do_not_deadlock(town, other_town):
    kinds = ["language-group", "digital-skills", "intake-advice", "youth-education"]
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    town.schedule(GROUP)
    before = town.harness.rows(deadlocks)
    for round_ in range(10):
        first = [accepted(need(100 * round_ + nth, kind=kind)) for nth, kind in enumerate(kinds)]
        second = [accepted(need(100 * round_ + 50 + nth, kind=kind)) for nth, kind in enumerate(reversed(kinds))]
        at_once(lambda e=first: town.deliver(e), lambda e=second: other_town.deliver(e))
    assert town.harness.rows(deadlocks) == before
    assert len(town.standings()) == 80


class TestTheDatabaseItself:
    """Says no, whatever the code above it does."""

    @pytest.fixture(autouse=True)
    def a_full_group(self, town):
        town.schedule(GROUP)
        town.deliver([accepted(need(1))], [accepted(need(2))])

    def refuses(self, town: Town, sql: str, *values: object, constraint: str) -> None:
        with pytest.raises(psycopg2.IntegrityError) as refused:
            town.harness.rows(sql, *values)
        assert refused.value.diag.constraint_name == constraint

    def test_to_a_place_beyond_capacity(self, town):
        place = "insert into place (activity_id, holder) values (%s, %s)"
        self.refuses(town, place, GROUP.activity_id, ident(0xD, 2), constraint="capacity_is_never_exceeded")

    def test_to_less_capacity_than_places_taken(self, town):
        self.refuses(town, "update activity set capacity = 0", constraint="activity_capacity_check")
        self.refuses(town, "update activity set taken = 2", constraint="capacity_is_never_exceeded")

    def test_to_a_second_enrolment_for_the_same_need(self, town):
        again = """
            insert into enrolment (enrolment_id, need_id, activity_id, library_id, holder, state, starts_at, placed_at)
            select gen_random_uuid(), need_id, activity_id, library_id, holder, 'held', starts_at, placed_at
            from enrolment
        """
        self.refuses(town, again, constraint="a_need_is_enrolled_once")

    def test_to_an_enrolment_without_a_place(self, town):
        without = "update enrolment set holder = gen_random_uuid()"
        self.refuses(town, without, constraint="an_open_enrolment_has_a_place")

    def test_to_take_a_place_away_from_under_an_enrolment(self, town):
        self.refuses(town, "delete from place", constraint="an_open_enrolment_has_a_place")

    def test_to_the_same_need_twice(self, town):
        self.refuses(town, "insert into need select * from need", constraint="need_pkey")

    def test_to_an_unplaced_need_without_a_reason(self, town):
        self.refuses(town, "update need set state = 'unplaced'", constraint="need_check")
