"""Until when a library gets in touch, in Dutch working days: one rule for every service that reckons it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from contracts.codes import DAYS_TO_CONTACT

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
Closures = Sequence[tuple[date, date]]
"""Days on which a library is closed: from and through, both included."""

LONGEST_CLOSURE: Final = timedelta(days=100)
MOST_CLOSURES: Final = 20
"""Bounds on what a library may set, so that a last day is always found soon."""


def contact_by(at: datetime, days: int = DAYS_TO_CONTACT, closures: Closures = ()) -> date:
    """The last day in Amsterdam on which to speak with somebody of whom one heard at that moment.

    The day itself does not count; weekends, Dutch public holidays and the days on which the library is closed neither.
    """
    day = at.astimezone(AMSTERDAM).date()
    left = days
    while left:
        day += timedelta(days=1)
        if is_working_day(day, closures):
            left -= 1
    return day


def is_working_day(day: date, closures: Closures = ()) -> bool:
    """Whether a library works on it."""
    closed = any(begin <= day <= end for begin, end in closures)
    return day.weekday() < 5 and day not in _holidays(day.year) and not closed


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NL", years=year))
