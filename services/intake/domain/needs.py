"""What can happen to a need (*leervraag*), and what its referral's status then is.

The statuses are those of HL7 FHIR Task with a business status (design, section 5). A need is in one :class:`Phase`,
which says both. Two sorts of step change it: what people at intake decide (refused when it is not allowed now) and what
the library's planning reports as a fact (never refused; a fact about a need that has ended changes nothing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final


class Status(StrEnum):
    """FHIR Task's statuses, as far as a need can have them."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Phase(Enum):
    """Where a need is: its stored code, its status and its business status."""

    REQUESTED = ("requested", Status.REQUESTED, None)
    MATCHING = ("matching", Status.ACCEPTED, "matching")
    WAITLISTED = ("waitlisted", Status.ACCEPTED, "waitlisted")
    HELD = ("held", Status.ACCEPTED, "held")
    AGREED = ("agreed", Status.ACCEPTED, "held")
    SCHEDULED = ("scheduled", Status.IN_PROGRESS, "scheduled")
    REJECTED = ("rejected", Status.REJECTED, None)
    COMPLETED = ("completed", Status.COMPLETED, None)
    CANCELLED = ("cancelled", Status.CANCELLED, None)
    FAILED = ("failed", Status.FAILED, None)

    def __init__(self, code: str, status: Status, business_status: str | None) -> None:
        self.code = code
        self.status = status
        self.business_status = business_status

    @classmethod
    def of(cls, code: str) -> Phase:
        """The phase with this stored code. Raises KeyError for one that does not exist."""
        return _BY_CODE[code]


_BY_CODE: Final = {phase.code: phase for phase in Phase}


class Step(StrEnum):
    """What can happen to a need; the words of its timeline."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    AGREED = "agreed"
    DECLINED = "declined"
    HELD = "place-held"
    ENROLLED = "enrolled"
    WAITLISTED = "waitlisted"
    UNPLACED = "unplaced"
    ENDED = "ended"


DECISIONS: Final[Mapping[Phase, Mapping[Step, Phase]]] = MappingProxyType(
    {
        Phase.REQUESTED: {Step.ACCEPTED: Phase.MATCHING, Step.REJECTED: Phase.REJECTED},
        Phase.HELD: {Step.AGREED: Phase.AGREED, Step.DECLINED: Phase.MATCHING},
    }
)
"""What people may decide, and where that leads."""

_FACTS: Final[Mapping[Step, Phase]] = MappingProxyType(
    {
        Step.HELD: Phase.HELD,
        Step.ENROLLED: Phase.SCHEDULED,
        Step.WAITLISTED: Phase.WAITLISTED,
        Step.UNPLACED: Phase.MATCHING,
    }
)
_WITH_THE_LIBRARY: Final = frozenset({Phase.MATCHING, Phase.WAITLISTED, Phase.HELD, Phase.AGREED, Phase.SCHEDULED})
ENDED: Final = frozenset({Phase.REJECTED, Phase.COMPLETED, Phase.CANCELLED, Phase.FAILED})

_ENDS: Final[Mapping[str, Phase]] = MappingProxyType(
    {
        "goal-reached": Phase.COMPLETED,
        "referred-onward": Phase.COMPLETED,
        "job": Phase.COMPLETED,
        "moved": Phase.CANCELLED,
        "declined": Phase.CANCELLED,
        "personal-circumstances": Phase.CANCELLED,
        "not-reached": Phase.FAILED,
        "nothing-suitable": Phase.FAILED,
    }
)
"""How each reason of ending is said in FHIR: reached what it was for, was broken off, or could not be done."""


class IllegalStep(Exception):
    """This may not be decided about the need now."""

    def __init__(self, step: Step, phase: Phase) -> None:
        self.step = step
        self.phase = phase
        self.allowed = tuple(DECISIONS.get(phase, {}))
        super().__init__(f"{step} is not possible while the need is {phase.code}")


@dataclass(frozen=True, slots=True)
class NeedState:
    """A need as far as its progress goes. `enrolment_id` is the place that it has or that is kept for it."""

    phase: Phase = Phase.REQUESTED
    enrolment_id: str | None = None
    reasons: tuple[str, ...] = ()


def decide(state: NeedState, step: Step, *reasons: str) -> NeedState:
    """The state after a decision. Raises IllegalStep, which names what is allowed."""
    target = DECISIONS.get(state.phase, {}).get(step)
    if target is None:
        raise IllegalStep(step, state.phase)
    keeps_place = target in _WITH_THE_LIBRARY and step is not Step.DECLINED
    return NeedState(target, state.enrolment_id if keeps_place else None, reasons)


def learn(state: NeedState, step: Step, enrolment_id: str | None = None, reasons: tuple[str, ...] = ()) -> NeedState:
    """The state after a fact from the library's planning; the same state when the fact is about something past."""
    if state.phase not in _WITH_THE_LIBRARY:
        return state
    if step is Step.ENDED:
        return _end(state, enrolment_id, reasons)
    if step is Step.HELD and state.phase is Phase.AGREED and enrolment_id == state.enrolment_id:
        return state
    return NeedState(_FACTS[step], enrolment_id, reasons)


def _end(state: NeedState, enrolment_id: str | None, reasons: tuple[str, ...]) -> NeedState:
    """A place was given up. Another place than the need's own is past; a declined held place frees the need."""
    if enrolment_id != state.enrolment_id or not reasons:
        return state
    if reasons[0] == "declined" and state.phase is not Phase.SCHEDULED:
        return NeedState(Phase.MATCHING, None, reasons)
    return replace(state, phase=_ENDS[reasons[0]], reasons=reasons)


def referral_status(phases: Iterable[Phase]) -> Status:
    """The referral's status, which follows from its needs (brief, "How it really goes", 1)."""
    found = set(phases)
    if not found:
        raise ValueError("a referral has at least one need")
    statuses = {phase.status for phase in found}
    if found <= ENDED:
        return _first(statuses, Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.REJECTED)
    if statuses & {Status.IN_PROGRESS, Status.COMPLETED}:
        return Status.IN_PROGRESS
    return _first(statuses, Status.ACCEPTED, Status.REQUESTED)


def _first(found: set[Status], *order: Status) -> Status:
    return next(status for status in order if status in found)
