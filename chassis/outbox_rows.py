"""Told events become rows of the outbox: two statements per transaction, however many events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from chassis.database import Connection
from chassis.queries import Queries
from contracts.envelope import MAX_BYTES, Event, TooLarge, render

LANES: Final = {"interactive": 0, "bulk": 1}
_QUERIES = Queries.load(Path(__file__).parent / "sql" / "outbox.sql")
_NOT_YET: Final = b'"sequence":"0"'
_ROOM_FOR_SEQUENCE: Final = 20


@dataclass(frozen=True, slots=True)
class Told:
    """An event that is rendered, and gets its sequence when the transaction commits."""

    event_id: str
    type: str
    subject: str
    partition_key: str
    time: datetime
    body: bytes


def prepare(event: Event) -> Told:
    """Validate and render an event at once, so that the mistake is raised where it was made.

    Raises ValueError for data that breaks the event's own schema and TooLarge above 64 KB.
    """
    body = render(replace(event, sequence=0))
    if len(body) + _ROOM_FOR_SEQUENCE > MAX_BYTES:
        raise TooLarge(f"{event.type} {event.id}: {len(body)} bytes")
    return Told(event.id, event.type, event.subject, event.partition_key, event.time, body)


def with_sequence(body: bytes, sequence: int) -> bytes:
    """The rendered event with its sequence. Only the attribute can match: in text a quote has a backslash before it."""
    return body.replace(_NOT_YET, b'"sequence":"%d"' % sequence, 1)


def flush(connection: Connection, told: Sequence[Told], lane: str) -> None:
    """Write the events in the order told, each subject's sequence going on without a gap.

    The first statement locks the heads until commit; whoever tells about one of these subjects meanwhile waits. So, per
    subject, the order of sequence, of outbox id and of commit is one order.
    """
    numbered = _numbered(told, _advance_heads(connection, told))
    with connection.cursor() as cursor:
        cursor.execute(
            _QUERIES["put_in_outbox"],
            {
                "lane": LANES[lane],
                "event_ids": [event.event_id for event in told],
                "types": [event.type for event in told],
                "subjects": [event.subject for event in told],
                "sequences": numbered,
                "partition_keys": [event.partition_key for event in told],
                "times": [event.time for event in told],
                "bodies": [
                    with_sequence(event.body, sequence).decode() for event, sequence in zip(told, numbered, strict=True)
                ],
            },
        )


def _advance_heads(connection: Connection, told: Sequence[Told]) -> dict[str, int]:
    """Last sequence per subject before these events."""
    events: dict[str, int] = defaultdict(int)
    times: dict[str, Any] = {}
    for event in told:
        events[event.subject] += 1
        times[event.subject] = max(event.time, times.get(event.subject, event.time))
    subjects = list(events)
    with connection.cursor() as cursor:
        cursor.execute(
            _QUERIES["advance_heads"],
            {
                "subjects": subjects,
                "events": [events[subject] for subject in subjects],
                "times": [times[subject] for subject in subjects],
            },
        )
        return {subject: last - events[subject] for subject, last in cursor.fetchall()}


def _numbered(told: Sequence[Told], heads: dict[str, int]) -> list[int]:
    sequences = []
    for event in told:
        heads[event.subject] += 1
        sequences.append(heads[event.subject])
    return sequences
