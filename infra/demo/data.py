"""Loads the demo's tables (CSV files beside this one) into typed rows with fixed ids and dates in the coming weeks.

Ids are UUIDv5 of a name in :data:`NAMESPACE`: the same on every machine and day, so that loading twice changes nothing
and the staff users can carry the ids of their libraries.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import Final
from uuid import UUID, uuid5

from contracts.codes import WEEKDAYS
from contracts.municipalities import code_of
from infra.demo.model import Activity, Demo, Library, Partner, Programme, StaffUser

NAMESPACE: Final = UUID("5f6d1c1e-7c0f-5b7e-9a53-6d6565646f65")
"""Of all ids in the demo."""


def demo_id(*names: str) -> str:
    """The id of what has this name, for example `demo_id("library", "Bibliotheek Enschede")`."""
    return str(uuid5(NAMESPACE, "/".join(names)))


def load(today: date) -> Demo:
    """The demo's data, with the first sessions in the weeks after `today` (a date in Amsterdam)."""
    libraries = tuple(_library(row) for row in _rows("libraries"))
    partners = tuple(_partner(row) for row in _rows("partners"))
    by_id = {library.library_id: library for library in libraries}
    offer = list(_rows("offer"))
    return Demo(
        libraries,
        partners,
        tuple(_programmes(offer)),
        tuple(_activity(row, today) for row in offer),
        tuple(_staff(row, by_id, partners) for row in _rows("staff")),
    )


def _rows(table: str) -> Iterator[dict[str, str]]:
    text = files("infra.demo").joinpath(f"{table}.csv").read_text(encoding="utf-8")
    return iter(csv.DictReader(text.splitlines()))


def _list(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, cell.split("|")))


def _code(name: str) -> str:
    code = code_of(name)
    if code is None:
        raise ValueError(f"infra/demo: no municipality is called {name}")
    return code


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(_code(name) for name in _list(cell))


def _library(row: dict[str, str]) -> Library:
    return Library(
        demo_id("library", row["name"]),
        row["name"],
        row["mailbox"],
        row["language"],
        _codes(row["municipalities"]),
        _list(row["kinds"]),
    )


def _partner(row: dict[str, str]) -> Partner:
    name = row["name"]
    return Partner(demo_id("partner", name), name, _codes(row["municipalities"]), row["file"] or None)


def _programmes(offer: list[dict[str, str]]) -> Iterator[Programme]:
    titles = {row["kind"]: row["title"] for row in _rows("programmes")}
    for library, kind in dict.fromkeys((row["library"], row["kind"]) for row in offer):
        yield Programme(demo_id("programme", library, kind), demo_id("library", library), kind, titles[kind])


def _activity(row: dict[str, str], today: date) -> Activity:
    earliest = today + timedelta(days=int(row["starts_in_days"]))
    start = earliest + timedelta(days=(WEEKDAYS.index(row["day"]) - earliest.weekday()) % 7)
    lowest, _, highest = row["levels"].partition("-")
    return Activity(
        activity_id=demo_id("activity", row["library"], row["municipality"], row["title"]),
        programme_id=demo_id("programme", row["library"], row["kind"]),
        title=row["title"],
        municipality=_code(row["municipality"]),
        branch=None if row["place"] == "thuis" else row["place"],
        start_date=start,
        start_time=row["time"],
        minutes=int(row["minutes"]),
        weeks=int(row["weeks"]),
        capacity=int(row["places"]),
        lowest_level=lowest or None,
        highest_level=highest or None,
        literacy=_list(row["literacy"]),
        age_bands=_list(row["ages"]),
        features=_list(row["features"]),
    )


def _staff(row: dict[str, str], libraries: dict[str, Library], partners: Sequence[Partner]) -> StaffUser:
    library_ids = tuple(demo_id("library", name) for name in _list(row["libraries"]))
    partner_id = demo_id("partner", row["partner"]) if row["partner"] else None
    own = [libraries[library_id] for library_id in library_ids] + [
        one for one in partners if one.partner_id == partner_id
    ]
    theirs = sorted({code for one in own for code in one.municipalities})
    return StaffUser(row["username"], row["name"], row["role"], library_ids, tuple(theirs), partner_id)


__all__ = ["NAMESPACE", "Activity", "Demo", "Library", "Partner", "Programme", "StaffUser", "demo_id", "load"]
