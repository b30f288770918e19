"""Told events become rows of the outbox: one statement per transaction, however many events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from chassis.database import Cursor
from chassis.queries import Queries
from contracts.envelope import MAX_BYTES, Event, TooLarge, render

LANES: Final = {"interactive": 0, "bulk": 1}
_QUERIES = Queries.load(Path(__file__).parent / "sql" / "outbox.sql")
_NOT_YET: Final = '"sequence":"0"'
_BEFORE: Final = '"sequence":"'
_AFTER: Final = '"'
_ROOM_FOR_SEQUENCE: Final = 20


@dataclass(frozen=True, slots=True)
class Told:
    """An event that is rendered but for its sequence, which it gets when the transaction commits.

    `type` is the one that it travels under: of several versions told together, the oldest.
    `head` and `tail` are what comes before and after that number.
    """

    event_id: str
    type: str
    subject: str
    partition_key: str
    time: datetime
    head: str
    tail: str


def prepare(event: Event) -> Told:
    """Validate and render an event at once, so that the mistake is raised where it was made.

    Raises ValueError for data that breaks the event's own schema and TooLarge above 64 KB.
    """
    body = render(replace(event, sequence=0))
    if len(body) + _ROOM_FOR_SEQUENCE > MAX_BYTES:
        raise TooLarge(f"{event.type} {event.id}: {len(body)} bytes")
    # Only the attribute can match: in text a quote has a backslash before it.
    head, _, tail = body.decode().partition(_NOT_YET)
    return Told(
        event.id,
        event.event.carrier.type,
        event.subject,
        event.partition_key,
        event.time,
        head + _BEFORE,
        _AFTER + tail,
    )


def outbox_statement(cursor: Cursor, told: Sequence[Told], lane: str) -> bytes:
    """What writes these events, at least one, in the order told, each subject's sequence going on without a gap.

    It first locks the heads until commit; whoever tells about one of these subjects meanwhile waits. So, per subject,
    the order of sequence, of outbox id and of commit is one order.
    """
    events = Counter(event.subject for event in told)
    return cursor.mogrify(
        _QUERIES["tell"],
        {
            "changed": list(events),
            "counts": list(events.values()),
            "latest": _latest(told, events),
            "lane": LANES[lane],
            "event_ids": [event.event_id for event in told],
            "types": [event.type for event in told],
            "subjects": [event.subject for event in told],
            "later": _later(told),
            "partition_keys": [event.partition_key for event in told],
            "times": [event.time for event in told],
            "heads": [event.head for event in told],
            "tails": [event.tail for event in told],
        },
    )


def _latest(told: Sequence[Told], subjects: Iterable[str]) -> list[datetime]:
    """When the last event about each of these subjects was."""
    times: dict[str, datetime] = {}
    for event in told:
        times[event.subject] = max(event.time, times.get(event.subject, event.time))
    return [times[subject] for subject in subjects]


def _later(told: Sequence[Told]) -> list[int]:
    """How many events about its subject follow each."""
    left = Counter(event.subject for event in told)
    later = []
    for event in told:
        left[event.subject] -= 1
        later.append(left[event.subject])
    return later
