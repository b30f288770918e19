"""Rows of the database as domain objects, and back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from services.activities.domain.matching import Need, Opening
from services.activities.domain.placing import InLine, Placed, Seat, enrolment_id

Line = tuple[str, str]
Row = dict[str, Any]
NeedState = tuple[Need, str, tuple[str, ...]]
"""A need with its state and, when nothing suits it, the reasons."""


def need_of(row: Row) -> Need:
    return Need(
        need_id=row["need_id"],
        referral_id=row["referral_id"],
        participant_id=row["participant_id"],
        household_id=row["household_id"],
        library_id=row["library_id"],
        kind=row["kind"],
        municipality=row["municipality"],
        received_at=row["received_at"],
        spoken_level=row["spoken_level"],
        literacy=row["literacy"],
        age_band=row["age_band"],
        availability=frozenset(row["availability"]),
        features=frozenset(row["features"]),
        place_number=row["place_number"],
    )


def need_row(need: Need, state: str, reasons: tuple[str, ...]) -> tuple[Any, ...]:
    """In the order of the query `add_needs`."""
    return (
        need.need_id, need.referral_id, need.participant_id, need.household_id, need.holder, need.library_id, need.kind,
        need.municipality, need.received_at, need.spoken_level, need.literacy, need.age_band,
        sorted(need.availability), sorted(need.features), need.place_number, state, list(reasons),
    )  # fmt: skip


def fact_row(need: Need) -> tuple[Any, ...]:
    """In the order of the query `change_facts`."""
    return (
        need.need_id, need.spoken_level, need.literacy, need.age_band, need.municipality, sorted(need.availability),
        sorted(need.features),
    )  # fmt: skip


def in_line_of(row: Row) -> InLine:
    return InLine(need_of(row), tuple(row["reasons"]))


def opening_of(row: Row) -> Opening:
    return Opening(
        activity_id=row["activity_id"],
        library_id=row["library_id"],
        kind=row["kind"],
        municipality=row["municipality"],
        free=row["free"],
        next_in=dict(zip(row["slots"] or (), row["moments"] or (), strict=True)),
        home_visits=row["home_visits"],
        lowest_level=row["lowest_level"],
        highest_level=row["highest_level"],
        literacy=frozenset(row["literacy"]),
        age_bands=frozenset(row["age_bands"]),
        features=frozenset(row["features"]),
    )


def seat_of(row: Row) -> Seat:
    return Seat((row["library_id"], row["kind"]), row["holder"], row["activity_id"], row["next_at"])


def enrolment_row(placed: Placed, now: datetime) -> tuple[Any, ...]:
    """In the order of the query `add_enrolments`."""
    need = placed.need
    place = enrolment_id(need.need_id, need.place_number)
    return (
        place, need.need_id, placed.activity_id, need.library_id, need.holder, placed.state, placed.starts_at, now,
    )  # fmt: skip


def columns(lines: Collection[Line]) -> dict[str, list[str]]:
    """Lines as the arrays that queries take."""
    return {"libraries": [library for library, _ in lines], "kinds": [kind for _, kind in lines]}


def holder_columns(needs: Collection[Need]) -> dict[str, list[str]]:
    """The holders of these needs with their lines, each once, as the arrays that queries take."""
    holders = sorted({(need.library_id, need.kind, need.holder) for need in needs})
    libraries, kinds, ids = zip(*holders, strict=True) if holders else ((), (), ())
    return {"libraries": list(libraries), "kinds": list(kinds), "holders": list(ids)}
