"""The orders in which a history may arrive."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from random import Random

from contracts.envelope import Event


def interleave(told: Sequence[Event], chance: Random, *, keep_order: bool = True) -> list[Event]:
    """The events as they may arrive: publishers and partition keys in any order among each other, some repeated.

    With `keep_order` each partition key keeps its order per publisher, which is what delivery promises.
    """
    arriving: list[Event]
    if keep_order:
        streams: dict[tuple[str, str], deque[Event]] = defaultdict(deque)
        for event in told:
            streams[event.source, event.partition_key].append(event)
        turns = [key for key, events in streams.items() for _ in events]
        chance.shuffle(turns)
        arriving = [streams[key].popleft() for key in turns]
    else:
        arriving = list(told)
        chance.shuffle(arriving)
    if not arriving:
        return []
    places = [float(place) for place in range(len(arriving))]
    for place in chance.choices(range(len(arriving)), k=len(arriving) // 2):
        arriving.append(arriving[place])
        places.append(chance.uniform(place, len(arriving)))
    return [event for _, event in sorted(zip(places, arriving, strict=True), key=lambda pair: pair[0])]


def in_batches(events: Sequence[Event], chance: Random) -> list[list[Event]]:
    """Cut into batches of any size."""
    batches = []
    rest = list(events)
    while rest:
        size = chance.randint(1, len(rest))
        batches.append(rest[:size])
        rest = rest[size:]
    return batches
