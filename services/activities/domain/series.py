"""A series becomes sessions: local date and time in Amsterdam, repeated by a rule or a list of dates, told in UTC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

import holidays
from dateutil.rrule import rrulestr

from contracts.codes import WEEKDAYS

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MOST_SESSIONS = 200
HORIZON = timedelta(days=3 * 366)
"""Nothing is planned further ahead."""

_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY"})
_DAY = "(MO|TU|WE|TH|FR|SA|SU)"
_DAYS = {
    "DAILY": re.compile(r"(?!)"),
    "WEEKLY": re.compile(rf"{_DAY}(,{_DAY})*"),
    "MONTHLY": re.compile(rf"([+-]?[1-5])?{_DAY}(,([+-]?[1-5])?{_DAY})*"),
}
"""What BYDAY may say. Only rules that keep falling on days are taken: dateutil seeks the next day of a rule that never
falls on one until the year 9999, and everybody waits."""


class SeriesProblem(ValueError):
    """This series cannot be planned; `field` is the part of it that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Session:
    """One dated meeting, in UTC; `slot` is its weekday and daypart in Amsterdam, as availability is told."""

    starts_at: datetime
    ends_at: datetime
    slot: str


@dataclass(frozen=True, slots=True)
class Series:
    """What was asked for. A rule (RFC 5545 RRULE, without its name) and further dates exclude each other."""

    start_date: date
    start_time: time
    duration_minutes: int
    rule: str | None = None
    dates: Sequence[date] = ()
    skip_holidays: bool = False


def plan(series: Series) -> tuple[Session, ...]:
    """All sessions in order. Raises SeriesProblem."""
    if not 2000 <= series.start_date.year <= 2100:
        raise SeriesProblem("startDate", "A year from 2000 to 2100.")
    days = _by_rule(series) if series.rule else sorted({series.start_date, *series.dates})
    if len(days) > MOST_SESSIONS:
        raise SeriesProblem("rule" if series.rule else "dates", f"More than {MOST_SESSIONS} sessions.")
    if days[0] < series.start_date or days[-1] > series.start_date + HORIZON:
        raise SeriesProblem("dates", "Dates lie between startDate and three years after it.")
    if series.skip_holidays:
        days = [day for day in days if not is_holiday(day)]
    if not days:
        raise SeriesProblem("skipHolidays", "Every date is a public holiday.")
    return tuple(_session(day, series) for day in days)


def slot_of(moment: datetime) -> str:
    """Weekday and daypart in Amsterdam by the session's start: morning until 12:00, afternoon until 18:00."""
    local = moment.astimezone(AMSTERDAM)
    daypart = "morning" if local.hour < 12 else "afternoon" if local.hour < 18 else "evening"
    return f"{WEEKDAYS[local.weekday()]}-{daypart}"


def is_holiday(day: date) -> bool:
    """A public holiday of the Netherlands; Liberation Day counts once in five years, as in collective agreements."""
    return day in _holidays(day.year)


@lru_cache(maxsize=16)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NL", years=year))


def _session(day: date, series: Series) -> Session:
    local = datetime.combine(day, series.start_time, AMSTERDAM)
    starts_at = local.astimezone(UTC)
    if starts_at.astimezone(AMSTERDAM).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise SeriesProblem("startTime", f"{series.start_time:%H:%M} does not exist on {day}: the clock goes forward.")
    return Session(starts_at, starts_at + timedelta(minutes=series.duration_minutes), slot_of(starts_at))


def _by_rule(series: Series) -> list[date]:
    """The dates of a rule, at most one more than may be planned. COUNT is applied here: the horizon ends any search."""
    parts = _parts(series.rule or "")
    count = _whole_number(parts.pop("COUNT"), "COUNT") if "COUNT" in parts else None
    most = min(count or MOST_SESSIONS + 1, MOST_SESSIONS + 1)
    start = datetime.combine(series.start_date, series.start_time)
    last = start + HORIZON
    if until := parts.pop("UNTIL", None):
        last = _no_later(_until(until), last)
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        rule = rrulestr(f"{text};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=start)
        days = [moment.date() for moment in islice(rule, most)]
    except (ValueError, TypeError, IndexError, AttributeError) as problem:
        raise SeriesProblem("rule", f"Not a rule of RFC 5545: {problem}") from problem
    if not days or days[0] != series.start_date:
        raise SeriesProblem("rule", "The rule does not fall on startDate.")
    if count and len(days) < most:
        raise SeriesProblem("rule", "COUNT reaches further than three years.")
    return days


def _no_later(until: datetime, horizon: datetime) -> datetime:
    if until > horizon:
        raise SeriesProblem("rule", "UNTIL is further than three years away.")
    return until


def _parts(rule: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in rule.upper().removeprefix("RRULE:").strip().strip(";").split(";")]
    parts = {name.strip(): value.strip() for name, _, value in pairs}
    if unknown := parts.keys() - _PARTS:
        raise SeriesProblem(
            "rule", f"Not usable here: {', '.join(sorted(unknown))}. Known: {', '.join(sorted(_PARTS))}."
        )
    if len(parts) != len(pairs) or not all(parts.values()):
        raise SeriesProblem("rule", "A part without a value, or given twice.")
    if parts.get("FREQ") not in _DAYS:
        raise SeriesProblem("rule", "FREQ is DAILY, WEEKLY or MONTHLY.")
    if "BYDAY" in parts and not _DAYS[parts["FREQ"]].fullmatch(parts["BYDAY"]):
        raise SeriesProblem("rule", "BYDAY is weekdays (TU,TH) of WEEKLY, or of MONTHLY, there also as 1TU or -1FR.")
    if ("COUNT" in parts) == ("UNTIL" in parts):
        raise SeriesProblem("rule", "A rule ends by COUNT or by UNTIL, one of them.")
    _whole_number(parts.get("INTERVAL", "1"), "INTERVAL")
    return parts


def _whole_number(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise SeriesProblem("rule", f"{name} is a whole number from 1 to 1000.")
    return int(text)


def _until(text: str) -> datetime:
    """The last local moment that UNTIL allows: a date is its whole day; with Z it is told in UTC."""
    try:
        if len(text) == 8:
            return datetime.strptime(text + "T235959", "%Y%m%dT%H%M%S")  # noqa: DTZ007 (local, as series are)
        moment = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 (zone follows)
        if text.endswith("Z"):
            return moment.replace(tzinfo=UTC).astimezone(AMSTERDAM).replace(tzinfo=None)
    except (ValueError, OverflowError) as problem:
        raise SeriesProblem("rule", "UNTIL is a date (20260630) or a moment (20260630T180000Z).") from problem
    return moment
