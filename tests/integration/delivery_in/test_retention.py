"""The inbox by day of the event's own time: made ahead, kept longer than a repetition can come, then dropped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chassis.inbox.retention import RetentionStore
from chassis.testing import Harness
from tests.support.events import referral_accepted
from tests.support.incoming import applied, ask, ids


def partitions(url: str) -> list[str]:
    sql = "select inhrelid::regclass::text from pg_inherits where inhparent = 'chassis.inbox'::regclass order by 1"
    return [row[0] for row in ask(url, sql)]


def keep(harness: Harness, now: datetime, days: int = 42) -> None:
    with harness.unit(now=now) as unit:
        RetentionStore(unit).keep(days)


def test_days_are_made_ahead_and_rows_that_came_before_them_are_moved(harness: Harness, counting: str) -> None:
    event = referral_accepted()
    harness.deliver([event])
    keep(harness, datetime.now(UTC))
    keep(harness, datetime.now(UTC))
    assert len(partitions(counting)) == 1 + 8
    assert ask(counting, "select count(*) from chassis.inbox_default") == [(0,)]
    harness.deliver([event])
    assert applied(counting) == [event.id]


def test_a_day_goes_when_no_event_of_it_can_be_taken_any_more(harness: Harness, counting: str) -> None:
    now = datetime.now(UTC)
    keep(harness, now)
    day = f"chassis.inbox_{now:%Y%m%d}"
    keep(harness, now + timedelta(days=43))
    assert day in partitions(counting)
    keep(harness, now + timedelta(days=44))
    assert day not in partitions(counting)


def test_what_stayed_in_the_default_partition_goes_as_well(harness: Harness, counting: str) -> None:
    now = datetime.now(UTC)
    events = [referral_accepted(time=now - timedelta(days=days)) for days in (41, 3)]
    harness.deliver(events)
    keep(harness, now + timedelta(days=10))
    assert ask(counting, "select event_id::text from chassis.inbox") == [(events[1].id,)]


def test_an_event_as_old_as_can_be_is_still_recognised(harness: Harness, counting: str) -> None:
    now = datetime.now(UTC)
    event = referral_accepted(time=now - timedelta(days=41, hours=23, minutes=59))
    keep(harness, now)
    harness.deliver([event])
    keep(harness, now)
    harness.deliver([event])
    assert applied(counting) == ids([event])
