"""What a second version of an event must satisfy beside the first (ADR 0034).

One message tells both, so they must agree in all but their data; and messages that were told before hold the first
alone, so whoever hears the second still hears that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from contracts.catalogue import Told
from contracts.event import EventData

_TAKEN: Final = re.compile(r"v\d+")


def problems(rows: Iterable[Told]) -> list[str]:
    """What in these rows of the catalogue does not fit together, one line each."""
    known = {row.event: row for row in rows}
    return [problem for row in known.values() for problem in _problems(row, known)]


def newest(rows: Iterable[Told]) -> list[Told]:
    """What a service tells by itself: all but those that a newer version of the same event tells for it."""
    found = list(rows)
    replaced = {row.event.replaces for row in found}
    return [row for row in found if row.event not in replaced]


def _problems(row: Told, known: dict[type[EventData], Told]) -> Iterator[str]:
    event, before = row.event, row.event.replaces
    for field in event().fields.values():
        if _TAKEN.fullmatch(field.data_key or ""):
            yield f"{event.__name__}: a field may not be called {field.data_key}; newer versions' data are told there"
    if before is None:
        older = [one for one in known if one.slug == event.slug and one.version < event.version]
        yield from (f"{event.__name__} does not say that it replaces {one.__name__}" for one in older)
        return
    if (before.slug, before.version) != (event.slug, event.version - 1):
        yield f"{event.__name__} replaces {before.__name__}, which is not the version before"
    if before not in known:
        yield f"{event.__name__} replaces {before.__name__}, which is not in the catalogue"
        return
    if "as_before" not in vars(event):
        yield f"{event.__name__} does not say what {before.__name__} says of the same (as_before)"
    yield from _differences(row, known[before])


def _differences(row: Told, before: Told) -> Iterator[str]:
    name = row.event.__name__
    if (row.by, row.subject, row.by_referral) != (before.by, before.subject, before.by_referral):
        yield f"{name} has another teller, subject or order than {before.event.__name__}: it is another event"
    for service in sorted(row.heard_by - before.heard_by):
        yield f"{service} hears {name} and not {before.event.__name__}, which messages from before hold alone"
    for field in {row.subject_field, row.partition_field}:
        if field in before.event().fields and field not in row.event().fields:
            yield f"{name} has no {field}, by which {before.event.__name__} is told apart or kept in order"
