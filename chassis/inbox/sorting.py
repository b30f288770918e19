"""What becomes of each letter of a batch: applied, repeated, parked, or put in line behind another."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from chassis.inbox.reading import Letter
from contracts.envelope import Event
from contracts.event import EventData

ALONE_FROM_REDELIVERY = 2


@dataclass(slots=True)
class Sorted:
    """The letters of a batch by what becomes of them, each list in order of arrival.

    `aside` is parked and deferred together: those with a reason are parked, the others wait behind their key.
    """

    apply: list[Letter] = field(default_factory=list)
    aside: list[Letter] = field(default_factory=list)
    repeated: list[Letter] = field(default_factory=list)

    @property
    def events(self) -> list[Event]:
        return [letter.event for letter in self.apply if letter.event is not None]


def portions(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    """Runs of letters to handle together. One that was delivered twice in vain is handled alone.

    If it was the one that kills the process, it takes no neighbour with it.
    """
    for suspect, run in groupby(letters, key=lambda letter: letter.redeliveries >= ALONE_FROM_REDELIVERY):
        if suspect:
            yield from ([letter] for letter in run)
        else:
            yield list(run)


def judge(letter: Letter, *, handled: Container[type[EventData]], oldest: datetime) -> Letter:
    """The letter, with the reason to park it if there is one.

    Before `oldest` the inbox forgets: nobody can tell any more whether such an event was applied.
    """
    if letter.event is None or letter.reason:
        return letter
    if letter.time is not None and letter.time < oldest:
        return replace(letter, reason="too-old", error={"message": f"older than {oldest.isoformat()}"})
    if letter.event.event not in handled:
        return replace(letter, reason="no-handler", error={"message": "this release has no handler for this type"})
    return letter


def can_be_remembered(letter: Letter) -> bool:
    """Whether a judged letter has a place in the inbox: it has a time, and one that the inbox still keeps."""
    return letter.time is not None and letter.reason != "too-old"


def sort(letters: Iterable[Letter], *, new: Container[str], blocked: Iterable[str]) -> Sorted:
    """Sort judged letters. `new` holds the ids not taken before, `blocked` the keys in which something waits."""
    found = Sorted()
    closed = set(blocked)
    seen: set[str] = set()
    for letter in letters:
        if letter.id in seen or letter.id not in new:
            found.repeated.append(letter)
            continue
        seen.add(letter.id)
        if letter.reason is None and letter.partition_key not in closed:
            found.apply.append(letter)
            continue
        found.aside.append(letter)
        if letter.partition_key is not None:
            closed.add(letter.partition_key)
    return found
