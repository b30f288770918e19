"""The region that both pipelines work in: the demo's libraries, one partner, and an offer that does not fill up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from infra.demo.data import demo_id
from infra.demo.model import Activity, Demo, Library, Partner, Programme
from ops.tokens import demo

KINDS: Final = ("language-cafe", "language-group", "digital-skills")
"""One that is dropped in to, so that a place is final at once, and two in which places are held."""

PARTNER: Final = Partner(demo_id("partner", "bench"), "Bench", (), None)
"""Refers from everywhere."""

_PLACES: Final = 1000


def world() -> Demo:
    """The demo with that partner and offer in place of its own."""
    region = demo()
    libraries = region.libraries
    programmes = tuple(
        Programme(demo_id("bench", library.library_id, kind), library.library_id, kind, f"Bench {kind}")
        for library in libraries
        for kind in KINDS
    )
    offered = tuple(activity for library in libraries for activity in _offer(library))
    return replace(region, partners=(PARTNER,), programmes=programmes, activities=offered)


def _offer(library: Library) -> Iterator[Activity]:
    start = datetime.now(UTC).date() + timedelta(days=14)
    for municipality in library.municipalities:
        for kind in KINDS:
            yield Activity(
                activity_id=demo_id("bench", library.library_id, municipality, kind),
                programme_id=demo_id("bench", library.library_id, kind),
                title=f"Bench {kind}",
                municipality=municipality,
                branch="Branch",
                start_date=start,
                start_time="19:30",
                minutes=90,
                weeks=12,
                capacity=_PLACES,
                lowest_level=None,
                highest_level=None,
                literacy=(),
                age_bands=(),
                features=(),
            )


MUNICIPALITIES: Final = sorted({code for library in demo().libraries for code in library.municipalities})
