"""Does an activity suit a need? Rules in the library's words; what is not known of a person never blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.codes import DROP_IN_KINDS, HOUSEHOLD_KINDS, SPOKEN_LEVELS, UNPLACED_REASONS

UNKNOWN = "unknown"
ON_REQUEST = frozenset({"women-only"})
"""Features that shut others out. Whom they shut out is not told here, so only people who asked for them get in."""


@dataclass(frozen=True, slots=True)
class Need:
    """A need as matching sees it: where it belongs, what it asks for, and since when."""

    need_id: str
    referral_id: str
    library_id: str
    kind: str
    municipality: str
    received_at: datetime
    participant_id: str
    household_id: str | None = None
    spoken_level: str = UNKNOWN
    literacy: str = UNKNOWN
    age_band: str = UNKNOWN
    availability: frozenset[str] = frozenset()
    features: frozenset[str] = frozenset()
    place_number: int = 1
    """Which place of this need it would get: 2 after it lost one and came back."""

    @property
    def line(self) -> tuple[str, str]:
        """Whose line it stands in: one library's, for one kind."""
        return self.library_id, self.kind

    @property
    def turn(self) -> tuple[datetime, str]:
        """Its place in line: who was received first goes first, and the id decides between equals."""
        return self.received_at, self.need_id

    @property
    def holder(self) -> str:
        """Who takes the place: the household for a kind that visits households, otherwise the participant."""
        return self.household_id if self.household_id and self.kind in HOUSEHOLD_KINDS else self.participant_id


@dataclass(frozen=True, slots=True)
class Opening:
    """An activity that can still be joined, at one moment.

    `next_in` gives for each weekday and daypart in which it meets the first session to come, in UTC. None and empty
    mean: open to all.
    """

    activity_id: str
    library_id: str
    kind: str
    municipality: str
    free: int
    next_in: Mapping[str, datetime]
    home_visits: bool = False
    lowest_level: str | None = None
    highest_level: str | None = None
    literacy: frozenset[str] = frozenset()
    age_bands: frozenset[str] = frozenset()
    features: frozenset[str] = frozenset()

    @property
    def line(self) -> tuple[str, str]:
        return self.library_id, self.kind


def joinable_until(kind: str, sessions: Sequence[datetime]) -> datetime:
    """Until when someone can join, given the starts of all sessions in order: a drop-in kind until its last session."""
    return sessions[-1] if kind in DROP_IN_KINDS else sessions[0]


def lacks(need: Need, opening: Opening) -> frozenset[str]:
    """What keeps this activity from suiting this need, as codes of UNPLACED_REASONS; empty: it suits."""
    found = {
        "other-municipality": not opening.home_visits and need.municipality != opening.municipality,
        "level-differs": not _level_fits(need, opening),
        "times-differ": first_session(need, opening) is None,
        "feature-missing": not _features_fit(need, opening),
        "age-differs": not _in(need.age_band, opening.age_bands),
    }
    return frozenset(reason for reason, is_so in found.items() if is_so)


def first_session(need: Need, opening: Opening) -> datetime | None:
    """The first session that the person can attend.

    Whoever drops in comes when it suits, so one fitting slot is enough; another series is followed as a whole, so
    every slot of it must fit. A person whose availability is not known fits any time.
    """
    slots = opening.next_in
    if not need.availability:
        return min(slots.values(), default=None)
    if opening.kind not in DROP_IN_KINDS and not slots.keys() <= need.availability:
        return None
    return min((moment for slot, moment in slots.items() if slot in need.availability), default=None)


def what_the_best_lacked(need: Need, openings: Iterable[Opening]) -> tuple[str, ...]:
    """Why nothing suits: what the activities that came closest lacked, in the order of the code list."""
    missing = [lacks(need, opening) for opening in openings]
    if not missing:
        return ("no-activity-of-kind",)
    fewest = min(len(each) for each in missing)
    best = frozenset().union(*(each for each in missing if len(each) == fewest))
    return tuple(reason for reason in UNPLACED_REASONS if reason in best)


def _level_fits(need: Need, opening: Opening) -> bool:
    if not _in(need.literacy, opening.literacy):
        return False
    lowest = SPOKEN_LEVELS.index(opening.lowest_level or SPOKEN_LEVELS[1])
    highest = SPOKEN_LEVELS.index(opening.highest_level or SPOKEN_LEVELS[-1])
    return need.spoken_level == UNKNOWN or lowest <= SPOKEN_LEVELS.index(need.spoken_level) <= highest


def _features_fit(need: Need, opening: Opening) -> bool:
    return need.features <= opening.features and opening.features & ON_REQUEST <= need.features


def _in(known: str, asked: frozenset[str]) -> bool:
    return known == UNKNOWN or not asked or known in asked
