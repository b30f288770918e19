"""What a library's planning said of one need: the last of each place that it had, and the last of its turn in line.

Facts come at least once, and those of a place and of a line are two streams. Each fact knows its number in its own
stream, and the highest counts, so that the same facts come to the same end in whatever order they are heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Planned(StrEnum):
    """What planning can say, in the words of a timeline."""

    HELD = "place-held"
    OFFERED = "place-offered"
    ENROLLED = "enrolled"
    ATTENDING = "attending"
    UNATTENDED = "unattended"
    ENDED = "ended"
    WAITLISTED = "waitlisted"
    UNPLACED = "unplaced"


FINAL: Final = frozenset({Planned.ENROLLED, Planned.ATTENDING, Planned.UNATTENDED})
FREEING: Final = frozenset({"declined", "transferred"})
"""Reasons that end a place and leave the need open. Every other one ends the need with its place."""


@dataclass(frozen=True, slots=True)
class Place:
    """The last that was said of one place; `answer` is what the participant said about it: agreed or declined."""

    enrolment_id: str
    what: Planned
    sequence: int
    at: datetime
    starts_at: datetime | None = None
    reason: str | None = None
    answer: str | None = None
    started: bool = False
    """Whether it was found that its first meeting has begun."""

    @property
    def stands(self) -> bool:
        """Whether the need has it: not ended, and nobody said no."""
        return self.what is not Planned.ENDED and self.answer != "declined"

    @property
    def ends_need(self) -> bool:
        """Whether the need ended with it."""
        return self.what is Planned.ENDED and self.reason not in FREEING

    @property
    def weight(self) -> tuple[bool, bool, bool, datetime, str]:
        """Of several places of one need, the one with the highest is its place."""
        return self.ends_need, self.stands, self.what in FINAL, self.at, self.enrolment_id


@dataclass(frozen=True, slots=True)
class Turn:
    """The last that was said of a need without a place: it waits in line, or nothing suits and why."""

    what: Planned
    sequence: int
    at: datetime
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Planning:
    """All that was heard of one need."""

    places: Mapping[str, Place] = field(default_factory=dict)
    turn: Turn | None = None

    def heard(self, fact: Place | Turn) -> Planning:
        """With this fact; the same planning when something later was heard of its subject already."""
        if isinstance(fact, Turn):
            return self if self.turn and self.turn.sequence >= fact.sequence else replace(self, turn=fact)
        known = self.places.get(fact.enrolment_id)
        if known and known.sequence >= fact.sequence:
            return self
        began = bool(known and known.started and known.starts_at == fact.starts_at)
        return self._with(replace(fact, answer=known.answer if known else None, started=began))

    def answered(self, enrolment_id: str, answer: str) -> Planning:
        """With what the participant said about a place that was heard of."""
        return self._with(replace(self.places[enrolment_id], answer=answer))

    @property
    def place(self) -> Place | None:
        """The place that counts: the one that the need has or ended with, or else the last one that it had."""
        return max(self.places.values(), key=lambda place: place.weight, default=None)

    @property
    def latest(self) -> Place | Turn | None:
        """What holds: a place that stands or ended the need, or else what was said last."""
        place = self.place
        if place is None or self.turn is None or place.stands or place.ends_need:
            return place or self.turn
        # Who gives a place up joins the line in the same transaction: of one moment, the turn is the later.
        return self.turn if self.turn.at >= place.at else place

    def _with(self, place: Place) -> Planning:
        return replace(self, places=MappingProxyType({**self.places, place.enrolment_id: place}))
