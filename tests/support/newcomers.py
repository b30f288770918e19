"""Invented needs and activities for property tests: few values, so that they meet, collide and compete."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from contracts import codes
from services.activities.domain.matching import Need, Opening
from services.activities.domain.series import slot_of

NOW = datetime(2036, 1, 1, 12, 0, tzinfo=UTC)
"""So far ahead that no session of a test is ever over, on paper or in a database."""
RECEIVED = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
LIBRARY = "10000000-0000-4000-8000-000000000000"
MUNICIPALITIES = ("GM0153", "GM0150")
KINDS = ("language-cafe", "language-group", "voorlees-express")
LEVELS = ("unknown", "A0", "A1", "B1")


def ident(family: int, number: int) -> str:
    """A UUID that a reader of a failing example recognises."""
    return f"{family:08x}-0000-4000-8000-{number:012x}"


def openings(number: int, *, places: st.SearchStrategy[int] | None = None) -> st.SearchStrategy[Opening]:
    """The activity with this number. `free` is its capacity."""
    return st.builds(
        _opening,
        st.just(number),
        kind=st.sampled_from(KINDS),
        municipality=st.sampled_from(MUNICIPALITIES),
        free=st.integers(1, 2) if places is None else places,
        hours=st.lists(st.integers(1, 14 * 24), min_size=1, max_size=3, unique=True),
        lowest=st.sampled_from([None, "A0", "A1"]),
        features=st.frozensets(st.sampled_from(codes.FEATURES), max_size=2),
    )


def needs(number: int) -> st.SearchStrategy[Need]:
    """The need with this number: of few participants and households, received in few moments."""
    return st.builds(
        _need,
        st.just(number),
        kind=st.sampled_from(KINDS),
        municipality=st.sampled_from(MUNICIPALITIES),
        participant=st.integers(1, 6),
        household=st.none() | st.integers(1, 2),
        received=st.integers(0, 3),
        level=st.sampled_from(LEVELS),
        availability=st.frozensets(st.sampled_from(codes.AVAILABILITY_SLOTS), max_size=12),
        features=st.frozensets(st.sampled_from(codes.FEATURES), max_size=1),
    )


def _opening(
    number: int, kind: str, municipality: str, free: int, hours: list[int], lowest: str | None, features: frozenset[str]
) -> Opening:
    moments = sorted(NOW + timedelta(hours=hour) for hour in hours)
    next_in: dict[str, datetime] = {}
    for moment in moments:
        next_in.setdefault(slot_of(moment), moment)
    return Opening(
        activity_id=ident(0xA, number),
        library_id=LIBRARY,
        kind=kind,
        municipality=municipality,
        free=free,
        next_in=next_in,
        home_visits=kind in codes.HOUSEHOLD_KINDS,
        lowest_level=lowest,
        features=features,
    )


def _need(
    number: int,
    kind: str,
    municipality: str,
    participant: int,
    household: int | None,
    received: int,
    level: str,
    availability: frozenset[str],
    features: frozenset[str],
) -> Need:
    return Need(
        need_id=ident(0xB, number),
        referral_id=ident(0xC, number),
        participant_id=ident(0xD, participant),
        household_id=ident(0xE, household) if household else None,
        library_id=LIBRARY,
        kind=kind,
        municipality=municipality,
        received_at=RECEIVED + timedelta(days=received),
        spoken_level=level,
        availability=availability,
        features=features,
    )
