"""Is there room for somebody like this? Asked before referring, so about a level and a place, never about a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

from services.activities.domain.matching import Need, Opening, first_session, lacks, what_the_best_lacked

CAPACITY: Final = "capacity"
WAITLIST: Final = "waitlist"
NO_CAPACITY: Final = "no-capacity"
AVAILABILITIES: Final = (CAPACITY, WAITLIST, NO_CAPACITY)

WEEKS_LOOKED_BACK: Final = 13


@dataclass(frozen=True, slots=True)
class Pace:
    """How many wait in a line, and how many places were given there in the last :data:`WEEKS_LOOKED_BACK` weeks."""

    waiting: int = 0
    given: int = 0

    @property
    def weeks_to_wait(self) -> int | None:
        """For who joins the line now, if it goes on as it did; None when nobody got a place, so nobody can tell."""
        return ceil((self.waiting + 1) * WEEKS_LOOKED_BACK / self.given) if self.given else None


@dataclass(frozen=True, slots=True)
class Availability:
    """`starts_at`: the soonest first meeting with a free place. `reasons`: why nothing suits (UNPLACED_REASONS)."""

    status: str
    starts_at: datetime | None = None
    weeks_to_wait: int | None = None
    reasons: tuple[str, ...] = ()


def availability(asked: Need, openings: Iterable[Opening], pace: Pace) -> Availability:
    """What somebody with these facts would find now in their line, by the rules that place people."""
    openings = list(openings)
    suitable = [opening for opening in openings if not lacks(asked, opening)]
    if not suitable:
        return Availability(NO_CAPACITY, reasons=what_the_best_lacked(asked, openings))
    starts = [first_session(asked, opening) for opening in suitable if opening.free > 0]
    if found := [moment for moment in starts if moment is not None]:
        return Availability(CAPACITY, starts_at=min(found))
    return Availability(WAITLIST, weeks_to_wait=pace.weeks_to_wait)
