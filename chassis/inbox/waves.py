"""The order in which a batch is handled: fast, and still in order per partition key.

Wave *i* holds each partition key's *i*-th event, so within a wave no two events share a key and their order among
each other is free. That freedom is used to hand all events of one type to one set-based handler.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from contracts.envelope import Event

Group = list[Event]
"""Events of one type with distinct partition keys, in order of arrival."""
Wave = list[Group]


def waves(events: Iterable[Event]) -> list[Wave]:
    """Sort a batch, given in order of arrival, into waves of groups; each event is in exactly one group."""
    seen: Counter[str] = Counter()
    grouped: list[dict[str, Group]] = []
    for event in events:
        wave = seen[event.partition_key]
        seen[event.partition_key] += 1
        if wave == len(grouped):
            grouped.append({})
        grouped[wave].setdefault(event.type, []).append(event)
    return [list(groups.values()) for groups in grouped]
