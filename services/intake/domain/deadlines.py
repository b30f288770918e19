"""Until when a library gets in touch, by its own terms, and how far away that day is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from contracts import working_days
from contracts.codes import DAYS_TO_CONTACT
from contracts.working_days import Closures

FURTHEST: Final = 100
"""Working days; what is further away, before or after, is as far as this."""

_DAYS_BETWEEN: Final[Mapping[str, int]] = MappingProxyType({"message-left": 2})
"""Working days until the next attempt, by what came of the last one; one for any other."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day, and the working days that are left until then (0: today), or by which it has passed."""

    day: date
    is_late: bool
    working_days: int


@dataclass(frozen=True, slots=True)
class Terms:
    """Working days to get in touch, and when the library is closed."""

    days: int = DAYS_TO_CONTACT
    closures: Closures = ()

    def contact_by(self, at: datetime) -> date:
        """The last day in Amsterdam to get in touch with whom one heard of at that moment."""
        return working_days.contact_by(at, self.days, self.closures)

    def try_again(self, at: datetime, outcome: str) -> date:
        """From which day on it makes sense to try again, after an attempt at that moment that came to this. Who has a
        message gets a day more to answer it.
        """
        return working_days.contact_by(at, _DAYS_BETWEEN.get(outcome, 1), self.closures)

    def deadline(self, day: date, today: date) -> Deadline:
        """How far away this last day is from today. The day itself still counts."""
        begin, end = sorted((day, today))
        found = 0
        while begin < end and found < FURTHEST:
            begin += timedelta(days=1)
            found += working_days.is_working_day(begin, self.closures)
        return Deadline(day, day < today, found)
