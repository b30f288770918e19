"""Deferred events are tried again in order, and parked when nothing helps (design section 4, point 4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest

from chassis.inbox.deferred import Retrier
from chassis.testing import Harness
from contracts.envelope import Event
from tests.support.counting.service import CountingService
from tests.support.events import partner_changed, placement_agreed, referral_accepted
from tests.support.incoming import applied, ask, behave, deferred, ids, misbehave, parked


def line(harness: Harness, counting: str, *, length: int = 4, failing_retries: int = 10**6) -> list[Event]:
    """A key whose first event goes wrong, and so do this many retries, with the others waiting behind it."""
    first = referral_accepted()
    events = [first, *(placement_agreed(first.subject_id, sequence=n) for n in range(2, length + 1))]
    # Of several events, the batch fails first and then the event alone.
    misbehave(counting, first, "raise", times=failing_retries + (2 if length > 1 else 1))
    harness.deliver(events)
    assert deferred(counting)[-length:] == ids(events)
    return events


def due_at_once(counting: str) -> None:
    ask(counting, "update chassis.deferred set next_attempt_at = now() where next_attempt_at < 'infinity'")


def retry(harness: Harness, counting: str) -> int:
    due_at_once(counting)
    return harness.retry()


def test_after_a_passing_error_the_whole_line_is_applied_in_order(harness: Harness, counting: str) -> None:
    events = line(harness, counting, failing_retries=0)
    assert retry(harness, counting) == 4
    assert applied(counting) == ids(events)
    assert deferred(counting) == []


def test_a_retried_event_tells_its_events_once(harness: Harness, counting: str) -> None:
    events = line(harness, counting, failing_retries=1, length=1)
    retry(harness, counting)
    assert harness.told() == []
    retry(harness, counting)
    assert [event.causation_id for event in harness.told()] == [events[0].id]


def test_a_repetition_of_a_retried_event_has_no_effect(harness: Harness, counting: str) -> None:
    events = line(harness, counting, failing_retries=0)
    retry(harness, counting)
    again = harness.deliver(events)
    assert (len(again.repeated), len(again.applied)) == (4, 0)
    assert applied(counting) == ids(events)


def test_events_that_arrive_during_the_wait_come_last(harness: Harness, counting: str) -> None:
    events = line(harness, counting)
    late = placement_agreed(events[0].subject_id, sequence=5)
    harness.deliver([late])
    behave(counting)
    retry(harness, counting)
    assert applied(counting) == [*ids(events), late.id]


def test_a_line_that_moved_on_lets_new_events_through_directly(harness: Harness, counting: str) -> None:
    events = line(harness, counting, failing_retries=0)
    retry(harness, counting)
    late = placement_agreed(events[0].subject_id, sequence=5)
    assert [letter.id for letter in harness.deliver([late]).applied] == [late.id]


def test_nothing_is_tried_before_its_time_and_each_wait_is_longer(counting: str) -> None:
    with Harness(CountingService, counting, INBOX_RETRY_BASE="100", INBOX_RETRY_ATTEMPTS="5") as harness:
        events = line(harness, counting)
        assert harness.retry() == 0
        assert ask(counting, "select attempts from chassis.deferred order by arrival")[0] == (1,)
        waits = []
        for _ in range(3):
            due_at_once(counting)
            harness.retry()
            sql = "select extract(epoch from next_attempt_at - now())::int from chassis.deferred where event_id = %s"
            waits.append(ask(counting, sql, events[0].id)[0][0])
        assert 148 < waits[0] < 252 < 298 < waits[1] < 502, waits
        assert 448 < waits[2] < 752, waits


def test_those_in_line_are_not_looked_at_before_their_head(harness: Harness, counting: str) -> None:
    events = line(harness, counting)
    ask(counting, "update chassis.deferred set next_attempt_at = now() + interval '1 hour' where event_id = %s",
        events[0].id)  # fmt: skip
    assert harness.retry() == 0
    (due,) = ask(
        counting, "select count(*) from chassis.deferred where next_attempt_at < now() + interval '59 minutes'"
    )[0]
    assert due == 0


def test_after_the_last_attempt_it_is_parked_and_blocks_its_own_key_only(harness: Harness, counting: str) -> None:
    events = line(harness, counting)
    other = line(harness, counting, failing_retries=0)
    for _ in range(2):
        retry(harness, counting)
    assert parked(counting) == {events[0].id: "attempts-exhausted"}
    assert deferred(counting) == ids(events[1:])
    assert applied(counting) == ids(other)
    assert ask(counting, "select attempts, error ->> 'error' from chassis.parked") == [(3, "RuntimeError")]
    harness.deliver([late := placement_agreed(events[0].subject_id, sequence=9)])
    assert deferred(counting)[-1] == late.id


def test_a_blocked_line_is_left_alone(harness: Harness, counting: str) -> None:
    line(harness, counting)
    for _ in range(4):
        retry(harness, counting)
    assert ask(counting, "select count(*) from chassis.deferred where next_attempt_at < 'infinity'") == [(0,)]


def test_an_attempt_that_never_ended_counts(harness: Harness, counting: str) -> None:
    events = line(harness, counting)
    behave(counting)
    # Two retries began, and each time the process was killed.
    ask(counting, "update chassis.deferred set attempts = 3 where event_id = %s", events[0].id)
    assert retry(harness, counting) == 0
    assert parked(counting) == {events[0].id: "attempts-exhausted"}


def test_an_infrastructure_error_costs_no_attempt(harness: Harness, counting: str) -> None:
    events = line(harness, counting)
    behave(counting)
    misbehave(counting, events[0], "57P01")
    for _ in range(6):
        with pytest.raises(psycopg2.Error, match="as asked"):
            retry(harness, counting)
    behave(counting)
    assert retry(harness, counting) == 4
    assert applied(counting) == ids(events)


def test_many_processes_at_once_apply_each_event_once_and_in_order(harness: Harness, counting: str) -> None:
    lines = [line(harness, counting) for _ in range(5)]
    behave(counting)
    due_at_once(counting)
    # An attempt that was begun is nobody else's for as long as it takes, as a wait of a millisecond would make it.
    settings = replace(harness.settings, retry_base=60.0)
    with ThreadPoolExecutor(6) as pool:
        runs = [pool.submit(Retrier(harness.assembly, harness.database, settings).run_due) for _ in range(6)]
        assert sum(run.result() for run in runs) == 20
    happened = applied(counting)
    for events in lines:
        assert [one for one in happened if one in ids(events)] == ids(events)
    assert len(happened) == 20


def test_a_key_that_another_process_is_at_is_left_to_it(harness: Harness, counting: str) -> None:
    events = line(harness, counting)
    behave(counting)
    due_at_once(counting)
    with closing(psycopg2.connect(counting)) as other, other.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7301))", [events[0].partition_key])
        assert harness.retry() == 0
        other.rollback()  # closing alone lets the lock go a moment later
    assert harness.retry() == 4


def test_hundreds_wait_in_one_line_without_hiding_other_lines(harness: Harness, counting: str) -> None:
    long = partner_changed("00000000-0000-4000-8000-000000000001", sequence=1)
    misbehave(counting, long, "raise")
    harness.deliver([long, *(partner_changed(long.partition_key, sequence=n) for n in range(2, 620))])
    short = [referral_accepted()]
    misbehave(counting, short[0], "raise")
    harness.deliver(short)
    behave(counting)
    ask(
        counting, "update chassis.deferred set next_attempt_at = now() + interval '1 hour' where event_id = %s", long.id
    )
    ask(counting, "update chassis.deferred set next_attempt_at = now() where event_id = %s", short[0].id)
    assert harness.retry() + harness.retry() == 1
    assert applied(counting) == ids(short)
