"""A series becomes sessions."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.activities.domain.series import AMSTERDAM, HORIZON, Series, SeriesProblem, is_holiday, plan, slot_of

TUESDAY = date(2026, 1, 6)
HALF_PAST_SEVEN = time(19, 30)


def series(**given_parts: object) -> Series:
    return Series(**{"start_date": TUESDAY, "start_time": HALF_PAST_SEVEN, "duration_minutes": 90} | given_parts)


def local_days(planned: tuple) -> list[date]:
    return [session.starts_at.astimezone(AMSTERDAM).date() for session in planned]


def test_a_one_off_is_one_session_in_utc():
    (session,) = plan(series())
    assert session.starts_at == datetime(2026, 1, 6, 18, 30, tzinfo=UTC)
    assert session.ends_at == datetime(2026, 1, 6, 20, 0, tzinfo=UTC)
    assert session.slot == "tue-evening"


def test_a_weekly_series_keeps_its_local_time_when_the_clock_changes():
    planned = plan(series(rule="FREQ=WEEKLY;COUNT=13"))
    assert {session.starts_at.astimezone(AMSTERDAM).time() for session in planned} == {HALF_PAST_SEVEN}
    assert {session.starts_at.hour for session in planned} == {18, 17}


def test_further_dates_are_sorted_and_given_once():
    planned = plan(series(dates=[date(2026, 2, 3), date(2026, 1, 20), TUESDAY]))
    assert local_days(planned) == [TUESDAY, date(2026, 1, 20), date(2026, 2, 3)]


def test_holidays_are_skipped_only_when_asked_and_count_towards_the_count():
    easter_monday = date(2026, 4, 6)
    every_monday = {"start_date": date(2026, 3, 30), "rule": "FREQ=WEEKLY;COUNT=3"}
    assert easter_monday in local_days(plan(series(**every_monday)))
    skipping = local_days(plan(series(**every_monday, skip_holidays=True)))
    assert skipping == [date(2026, 3, 30), date(2026, 4, 13)]


@pytest.mark.parametrize("day", [date(2026, 4, 27), date(2026, 12, 25), date(2030, 5, 5), date(2027, 1, 1)])
def test_public_holidays_of_the_netherlands(day):
    assert is_holiday(day)


def test_liberation_day_is_free_once_in_five_years():
    assert not is_holiday(date(2026, 5, 5))


def test_a_monthly_series_falls_on_the_weekday_that_it_names():
    planned = plan(series(rule="FREQ=MONTHLY;COUNT=3;BYDAY=1TU"))
    assert local_days(planned) == [TUESDAY, date(2026, 2, 3), date(2026, 3, 3)]


def test_until_includes_the_session_at_that_very_moment():
    assert len(plan(series(rule="FREQ=WEEKLY;UNTIL=20260120T183000Z"))) == 3
    assert len(plan(series(rule="FREQ=WEEKLY;UNTIL=20260120T182959Z"))) == 2
    assert len(plan(series(rule="FREQ=WEEKLY;UNTIL=20260120"))) == 3


@pytest.mark.parametrize(
    ("parts", "field", "says"),
    [
        ({"rule": "FREQ=WEEKLY"}, "rule", "COUNT or by UNTIL"),
        ({"rule": "FREQ=WEEKLY;COUNT=2;UNTIL=20260401"}, "rule", "COUNT or by UNTIL"),
        ({"rule": "FREQ=HOURLY;COUNT=2"}, "rule", "FREQ is DAILY"),
        ({"rule": "COUNT=2"}, "rule", "FREQ is DAILY"),
        ({"rule": "FREQ=WEEKLY;COUNT=0"}, "rule", "COUNT is a whole number"),
        ({"rule": "FREQ=WEEKLY;COUNT=x"}, "rule", "COUNT is a whole number"),
        ({"rule": "FREQ=WEEKLY;COUNT=2;INTERVAL=0"}, "rule", "INTERVAL is a whole number"),
        ({"rule": "FREQ=WEEKLY;COUNT=2;BYHOUR=9"}, "rule", "Not usable here: BYHOUR"),
        ({"rule": "FREQ=WEEKLY;COUNT=2;COUNT=3"}, "rule", "given twice"),
        ({"rule": "FREQ=WEEKLY;COUNT="}, "rule", "without a value"),
        ({"rule": "FREQ=WEEKLY;COUNT=2;BYDAY=XX"}, "rule", "BYDAY is weekdays"),
        ({"rule": "FREQ=WEEKLY;COUNT=2;BYDAY=1TU"}, "rule", "BYDAY is weekdays"),
        ({"rule": "FREQ=MONTHLY;COUNT=2;BYDAY=6TU"}, "rule", "BYDAY is weekdays"),
        ({"rule": "FREQ=DAILY;INTERVAL=7;COUNT=2;BYDAY=MO"}, "rule", "BYDAY is weekdays"),
        ({"rule": "FREQ=YEARLY;COUNT=2"}, "rule", "FREQ is DAILY"),
        ({"rule": "FREQ=WEEKLY;COUNT=2;BYDAY=MO"}, "rule", "does not fall on startDate"),
        ({"rule": "FREQ=DAILY;COUNT=5;BYMONTH=2;BYMONTHDAY=30"}, "rule", "Not usable here"),
        ({"rule": "FREQ=WEEKLY;UNTIL=20251231"}, "rule", "does not fall on startDate"),
        ({"rule": "FREQ=WEEKLY;UNTIL=tomorrow"}, "rule", "UNTIL is a date"),
        ({"rule": "FREQ=WEEKLY;UNTIL=99991231T235959Z"}, "rule", "UNTIL is a date"),
        ({"rule": "FREQ=WEEKLY;UNTIL=20400101"}, "rule", "further than three years"),
        ({"rule": "FREQ=WEEKLY;COUNT=190"}, "rule", "further than three years"),
        ({"rule": "FREQ=DAILY;COUNT=201"}, "rule", "More than 200"),
        ({"dates": [date(2026, 1, 5)]}, "dates", "between startDate"),
        ({"dates": [TUESDAY + HORIZON + timedelta(days=1)]}, "dates", "between startDate"),
        ({"start_date": date(9999, 12, 31)}, "startDate", "year from 2000"),
        ({"start_date": date(2026, 12, 25), "skip_holidays": True}, "skipHolidays", "public holiday"),
        ({"start_date": date(2026, 3, 29), "start_time": time(2, 30)}, "startTime", "does not exist"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_the_field_and_the_reason(parts, field, says):
    with pytest.raises(SeriesProblem, match=says) as refused:
        plan(series(**parts))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("local", "slot"),
    [
        ("2026-01-05T11:59", "mon-morning"),
        ("2026-01-05T12:00", "mon-afternoon"),
        ("2026-01-05T17:59", "mon-afternoon"),
        ("2026-01-05T18:00", "mon-evening"),
        ("2026-07-06T00:30", "mon-morning"),
    ],
)
def test_slots_are_in_amsterdam_time(local, slot):
    assert slot_of(datetime.fromisoformat(local).replace(tzinfo=AMSTERDAM).astimezone(UTC)) == slot


@given(st.text(alphabet="FREQ=WEKLYDAIOUNTBH;0123456789-+,XTZ", max_size=60))
def test_any_rule_is_planned_or_refused(text):
    try:
        planned = plan(series(rule=text or "X"))
    except SeriesProblem:
        return
    assert 1 <= len(planned) <= 200


@given(
    frequency=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    interval=st.integers(1, 4),
    count=st.integers(1, 9),
    skip=st.booleans(),
)
def test_planned_sessions_are_in_order_and_never_on_a_skipped_holiday(frequency, interval, count, skip):
    planned = plan(series(rule=f"FREQ={frequency};INTERVAL={interval};COUNT={count}", skip_holidays=skip))
    starts = [session.starts_at for session in planned]
    assert starts == sorted(set(starts))
    assert all(session.slot == slot_of(session.starts_at) for session in planned)
    if skip:
        assert not any(map(is_holiday, local_days(planned)))
    else:
        assert len(planned) == count
