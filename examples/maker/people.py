"""Households of invented newcomers. Every share in this file is explained in examples/README.md."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from examples.maker import names
from examples.maker.draw import Draw

TARGET_GROUPS = {"statushouder": 80, "gezinsmigrant": 7, "ontheemde Oekraïne": 8, "asielzoeker": 4, "anders": 1}
HOUSEHOLDS = {
    "statushouder": {"single-man": 40, "single-woman": 10, "couple": 7, "family": 28, "one-parent": 15},
    "gezinsmigrant": {"single-woman": 20, "couple": 45, "family": 35},
    "ontheemde Oekraïne": {"single-man": 10, "single-woman": 30, "couple": 12, "family": 15, "one-parent": 33},
    "asielzoeker": {"single-man": 60, "single-woman": 15, "couple": 5, "family": 12, "one-parent": 8},
    "anders": {"single-man": 50, "single-woman": 50},
}
ADULT_AGES = {(18, 24): 24, (25, 29): 20, (30, 39): 31, (40, 49): 15, (50, 66): 9, (67, 79): 2}
PARENT_AGES = {(21, 25): 8, (26, 30): 22, (31, 36): 34, (37, 43): 26, (44, 52): 10}
CHILDREN = {1: 34, 2: 33, 3: 20, 4: 9, 5: 4}
SCHOOLING = {"little": 30, "middle": 45, "long": 25}


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of twelve or older. `woman`, `schooling` and `months_here` shape the row; they are in no file."""

    given: str
    family: str
    born: date
    age: int
    woman: bool
    schooling: str
    months_here: int
    child_ages: tuple[int, ...] = ()
    """Ages of the children that this person brings up; empty for a young person."""


@dataclass(frozen=True, slots=True)
class Household:
    municipality: str
    postcode: str
    target_group: str
    people: list[Person] = field(default_factory=list)


@cache
def places() -> dict[str, tuple[float, list[str]]]:
    """Municipality code → its inhabitants in thousands and its postcodes of four digits."""
    with Path(__file__).with_name("places.csv").open(encoding="utf-8", newline="") as rows:
        return {row["code"]: (float(row["thousands"]), row["postcodes"].split()) for row in csv.DictReader(rows)}


def household(draw: Draw, municipality: str, on: date) -> Household:
    """One household that is referred on this day."""
    group = draw.weighted(TARGET_GROUPS)
    shape = draw.weighted(HOUSEHOLDS[group])
    home = Household(municipality, draw.pick(places()[municipality][1]), group)
    family = names.family_name(draw)
    months = _months_here(draw, group)
    ages = _children(draw) if shape in ("family", "one-parent") else []
    parents_from = max(ages) + 19 if ages else 0
    for index in range(2 if shape in ("couple", "family") else 1):
        woman = _is_woman(draw, shape, index)
        low, high = draw.weighted(PARENT_AGES if ages else ADULT_AGES)
        age = max(draw.between(low, high), parents_from)
        own_name = family if index == 0 or draw.chance(0.45) else names.family_name(draw)
        home.people.append(_person(draw, own_name, age, woman, months, on, tuple(ages)))
    for age in ages:
        if age >= 12:
            home.people.append(_person(draw, family, age, draw.chance(0.5), months, on))
    return home


def _is_woman(draw: Draw, shape: str, index: int) -> bool:
    if shape in ("couple", "family"):
        return index == 1
    return shape == "single-woman" or (shape == "one-parent" and draw.chance(0.85))


def _children(draw: Draw) -> list[int]:
    """Ages of the children, the eldest first: more young than old, a year or more between them."""
    eldest = draw.weighted({age: 26 - age for age in range(18)})
    ages = [eldest]
    for _ in range(draw.weighted(CHILDREN) - 1):
        younger = ages[-1] - draw.between(1, 4)
        if younger < 0:
            break
        ages.append(younger)
    return ages


def _months_here(draw: Draw, group: str) -> int:
    """Time in the Netherlands: asylum procedures take long, family migrants are referred soon."""
    if group == "gezinsmigrant":
        return draw.between(1, 14)
    return min(draw.between(5, 40), draw.between(5, 40))


def _person(
    draw: Draw, family: str, age: int, woman: bool, months: int, on: date, child_ages: tuple[int, ...] = ()
) -> Person:
    born = on - timedelta(days=age * 365 + age // 4 + draw.between(1, 360))
    schooling = draw.weighted(SCHOOLING)
    return Person(names.given_name(draw, woman=woman), family, born, age, woman, schooling, months, child_ages)
