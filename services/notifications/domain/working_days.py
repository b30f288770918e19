"""Until when somebody has to be spoken with, in working days of the Netherlands."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
DAYS_TO_CONTACT: Final = 5
"""Working days within which a person who was referred, or for whom a place is held, is spoken with."""


def contact_by(at: datetime) -> date:
    """The last day in Amsterdam on which to speak with somebody of whom one heard then: five working days later."""
    day = at.astimezone(AMSTERDAM).date()
    left = DAYS_TO_CONTACT
    while left:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in _holidays(day.year):
            left -= 1
    return day


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NL", years=year))
