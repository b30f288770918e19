"""Who gets which place, and who waits. The heart of this service; why it is so: docs/adr/0012.

- The soonest suitable activity with a free place is given, and what was given is never taken back.
- Whoever has a place of a kind at a library shares it with all their needs of that kind there: a household its visits,
  a participant an activity that answers two goals.
- Those who wait stand in one line per library and kind, in the order in which they were received.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID, uuid5

from contracts.codes import DROP_IN_KINDS
from services.activities.domain.matching import Need, Opening, first_session, lacks, what_the_best_lacked


@dataclass(frozen=True, slots=True)
class Enrol:
    """A place, final at once: whoever comes to a drop-in activity takes part."""

    need: Need
    activity_id: str
    starts_at: datetime
    state = "final"


@dataclass(frozen=True, slots=True)
class Hold:
    """A place that is kept until the participant's yes or no is recorded."""

    need: Need
    activity_id: str
    starts_at: datetime
    state = "held"


@dataclass(frozen=True, slots=True)
class Wait:
    """Suitable activities exist, and all are full."""

    need: Need


@dataclass(frozen=True, slots=True)
class NothingSuits:
    """Nothing that is planned suits; `reasons` are what the best activities lacked, never empty."""

    need: Need
    reasons: tuple[str, ...]


Placed: TypeAlias = Enrol | Hold
Decision: TypeAlias = Enrol | Hold | Wait | NothingSuits


@dataclass(frozen=True, slots=True)
class InLine:
    """A need without a place: it waits for a full activity, or (`reasons`) nothing suited it so far."""

    need: Need
    reasons: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Seat:
    """A place that is taken: by whom, in which line and activity, and when that meets next."""

    line: tuple[str, str]
    holder: str
    activity_id: str
    next_at: datetime


class Board:
    """The activities that can be joined, with their free places, while a round of needs is being placed."""

    def __init__(self, openings: Iterable[Opening], seats: Iterable[Seat] = ()) -> None:
        self._openings: dict[tuple[str, str], list[Opening]] = defaultdict(list)
        self._by_id: dict[str, Opening] = {}
        self.free: dict[str, int] = {}
        for opening in openings:
            self._openings[opening.line].append(opening)
            self._by_id[opening.activity_id] = opening
            self.free[opening.activity_id] = opening.free
        self._seats = {(seat.line, seat.holder): seat for seat in seats}

    def settle(self, needs: Sequence[Need]) -> list[Decision]:
        """Decide for each need in the order given, then again for who came before the one they share a place with."""
        decisions = [self.place(need) for need in needs]
        return [
            self.place(decision.need)
            if isinstance(decision, Wait | NothingSuits) and self._shares(decision.need)
            else decision
            for decision in decisions
        ]

    def place(self, need: Need) -> Decision:
        """Decide for one need, and take the place if it gets one."""
        if seat := self._seats.get((need.line, need.holder)):
            return self._give(need, seat.activity_id, self._first_shared(need, seat))
        openings = self._openings.get(need.line, [])
        suitable = [opening for opening in openings if not lacks(need, opening)]
        if not suitable:
            return NothingSuits(need, what_the_best_lacked(need, openings))
        joinable = [
            (starts_at, opening.activity_id)
            for opening in suitable
            if self.free[opening.activity_id] > 0 and (starts_at := first_session(need, opening))
        ]
        if not joinable:
            return Wait(need)
        starts_at, activity_id = min(joinable)
        self.free[activity_id] -= 1
        next_at = min(self._by_id[activity_id].next_in.values())
        self._seats[need.line, need.holder] = Seat(need.line, need.holder, activity_id, next_at)
        return self._give(need, activity_id, starts_at)

    def _first_shared(self, need: Need, seat: Seat) -> datetime:
        """When this one comes first: at times of their own, whoever took the place. When none suits, or it began
        without them, it is when the activity meets next.
        """
        opening = self._by_id.get(seat.activity_id)
        return (opening and first_session(need, opening)) or seat.next_at

    def _shares(self, need: Need) -> bool:
        return (need.line, need.holder) in self._seats

    def _give(self, need: Need, activity_id: str, starts_at: datetime) -> Placed:
        return (Enrol if need.kind in DROP_IN_KINDS else Hold)(need, activity_id, starts_at)


def in_turn(line: Iterable[InLine]) -> list[Need]:
    """In which order those without a place are looked at again: who waits first, then whom nothing suited."""
    return [each.need for each in sorted(line, key=lambda each: (not each.waits, each.need.turn))]


def is_news(decision: Decision, before: InLine | None) -> bool:
    """Whether a decision changes anything. Who waits goes on waiting, also when nothing planned suits any more."""
    match decision:
        case Enrol() | Hold():
            return True
        case Wait():
            return before is None or not before.waits
        case NothingSuits(reasons=reasons):
            return before is None or (not before.waits and before.reasons != reasons)


def may_look_again(state: str, *, declined: bool) -> bool:
    """Whether a need is decided about anew when more is known of the person: it is in line, or said no to its place."""
    return state in ("waiting", "unplaced") or declined


def enrolment_id(need_id: str, number: int = 1) -> str:
    """The id of a need's place with this number: always the same, so that a history told twice gives the same ids."""
    return str(uuid5(UUID(need_id), f"place/{number}"))
