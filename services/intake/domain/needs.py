"""Where a need (*leervraag*) can be, and what may be decided about it there: two tables.

The statuses are those of HL7 FHIR Task with a business status (design, section 5). How a need comes to where it is, is
in :mod:`course`; who may decide, and why it is so, in docs/adr/0023.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final

from services.intake.domain.planning import Planned


class Status(StrEnum):
    """FHIR Task's statuses, as far as a need can have them."""

    REQUESTED = "requested"
    ON_HOLD = "on-hold"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    ENTERED_IN_ERROR = "entered-in-error"


class Phase(Enum):
    """Where a need is: its stored code, its status and its business status."""

    REQUESTED = ("requested", Status.REQUESTED, None)
    ON_HOLD = ("on-hold", Status.ON_HOLD, None)
    """The partner was asked something before the referral was accepted."""
    TO_CONTACT = ("to-contact", Status.ACCEPTED, "to-contact")
    INTAKE_PLANNED = ("intake-planned", Status.ACCEPTED, "intake-planned")
    MATCHING = ("matching", Status.ACCEPTED, "matching")
    WAITLISTED = ("waitlisted", Status.ACCEPTED, "waitlisted")
    OFFERED = ("offered", Status.ACCEPTED, "offered")
    HELD = ("held", Status.ACCEPTED, "held")
    AGREED = ("agreed", Status.ACCEPTED, "held")
    """The participant said yes; planning has not made the place final yet."""
    PAUSED = ("paused", Status.ON_HOLD, None)
    """The partner was asked something after the referral was accepted; planning goes on."""
    SCHEDULED = ("scheduled", Status.IN_PROGRESS, "scheduled")
    STARTED = ("started", Status.IN_PROGRESS, "started")
    """The first meeting of its place has begun; whether anyone came is not known."""
    ATTENDING = ("attending", Status.IN_PROGRESS, "attending")
    UNATTENDED = ("unattended", Status.IN_PROGRESS, "unattended")
    REJECTED = ("rejected", Status.REJECTED, None)
    COMPLETED = ("completed", Status.COMPLETED, None)
    CANCELLED = ("cancelled", Status.CANCELLED, None)
    FAILED = ("failed", Status.FAILED, None)
    WITHDRAWN = ("withdrawn", Status.CANCELLED, None)
    ENTERED_IN_ERROR = ("entered-in-error", Status.ENTERED_IN_ERROR, None)

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
    """What people do about a need or its referral; the words of a timeline, beside those of planning."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ASKED = "information-requested"
    ANSWERED = "answered"
    CONTACTED = "contact-attempted"
    TALKED = "intake-talk"
    CHANGED = "changed"
    CORRECTED = "reach-corrected"
    ADDED = "need-added"
    AGREED = "agreed"
    DECLINED = "declined"
    TRANSFERRED = "transferred"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    ENTERED_IN_ERROR = "entered-in-error"


WORDS: Final = ("received", "overdue", "started", *Step, *Planned)
"""Every word that a timeline can hold."""

OF_THE_PARTNER: Final = frozenset({Step.ANSWERED, Step.CORRECTED, Step.WITHDRAWN, Step.ENTERED_IN_ERROR})
"""What the partner does. An answer may be written down by the library too, when it came by telephone."""

OF_BOTH: Final = OF_THE_PARTNER | {Step.ASKED}
"""What is between partner and library, so that the partner may read what was written."""

_LEAVES: Final = (Step.CORRECTED, Step.TRANSFERRED, Step.WITHDRAWN, Step.ENTERED_IN_ERROR)
_AT_WORK: Final = (Step.ASKED, Step.CONTACTED, Step.TALKED, Step.CHANGED, Step.ADDED, Step.CLOSED, *_LEAVES)
_ANSWERS: Final = (Step.AGREED, Step.DECLINED)

ALLOWED: Final[Mapping[Phase, tuple[Step, ...]]] = MappingProxyType(
    {
        Phase.REQUESTED: (Step.ACCEPTED, Step.REJECTED, Step.ASKED, Step.CONTACTED, Step.CHANGED, *_LEAVES),
        Phase.ON_HOLD: (Step.ANSWERED, Step.ACCEPTED, Step.REJECTED, Step.CONTACTED, Step.CHANGED, *_LEAVES),
        Phase.TO_CONTACT: _AT_WORK,
        Phase.INTAKE_PLANNED: _AT_WORK,
        Phase.MATCHING: _AT_WORK,
        Phase.WAITLISTED: _AT_WORK,
        Phase.OFFERED: (*_ANSWERS, *_AT_WORK),
        Phase.HELD: (*_ANSWERS, *_AT_WORK),
        Phase.AGREED: _AT_WORK,
        Phase.PAUSED: (Step.ANSWERED, *_ANSWERS, *(step for step in _AT_WORK if step is not Step.ASKED)),
        Phase.SCHEDULED: _AT_WORK,
        Phase.STARTED: _AT_WORK,
        Phase.ATTENDING: _AT_WORK,
        Phase.UNATTENDED: _AT_WORK,
        Phase.REJECTED: (),
        Phase.COMPLETED: (),
        Phase.CANCELLED: (),
        Phase.FAILED: (),
        Phase.WITHDRAWN: (),
        Phase.ENTERED_IN_ERROR: (),
    }
)
"""What may be decided where. Rules may accept; they do nothing else of this."""

ENDED: Final = frozenset(phase for phase, steps in ALLOWED.items() if not steps)

ENDS: Final[Mapping[str, Phase]] = MappingProxyType(
    {
        "goal-reached": Phase.COMPLETED,
        "referred-onward": Phase.COMPLETED,
        "job": Phase.COMPLETED,
        "moved": Phase.CANCELLED,
        "declined": Phase.CANCELLED,
        "personal-circumstances": Phase.CANCELLED,
        "withdrawn": Phase.WITHDRAWN,
        "transferred": Phase.CANCELLED,
        "not-reached": Phase.FAILED,
        "nothing-suitable": Phase.FAILED,
        "entered-in-error": Phase.ENTERED_IN_ERROR,
    }
)
"""How each reason of ending is said in FHIR: reached what it was for, was broken off, or could not be done."""

OF_PLACE: Final[Mapping[Planned, Phase]] = MappingProxyType(
    {
        Planned.OFFERED: Phase.OFFERED,
        Planned.HELD: Phase.HELD,
        Planned.ENROLLED: Phase.SCHEDULED,
        Planned.ATTENDING: Phase.ATTENDING,
        Planned.UNATTENDED: Phase.UNATTENDED,
    }
)
"""Where a need is that has a place."""


class IllegalStep(Exception):
    """This may not be decided about the need now."""

    def __init__(self, step: Step, phase: Phase) -> None:
        self.step = step
        self.phase = phase
        self.allowed = ALLOWED[phase]
        super().__init__(f"{step} is not possible while the need is {phase.code}")


def referral_status(phases: Iterable[Phase]) -> Status:
    """The referral's status, which follows from its needs (brief, "How it really goes", 1)."""
    found = set(phases)
    if not found:
        raise ValueError("a referral has at least one need")
    statuses = {phase.status for phase in found}
    if found <= ENDED:
        return _first(
            statuses, Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.REJECTED, Status.ENTERED_IN_ERROR
        )
    waiting = statuses & {Status.ON_HOLD, Status.REQUESTED}
    if not waiting and statuses & {Status.IN_PROGRESS, Status.COMPLETED}:
        return Status.IN_PROGRESS
    return _first(statuses, Status.ON_HOLD, Status.REQUESTED, Status.ACCEPTED)


def _first(found: set[Status], *order: Status) -> Status:
    return next(status for status in order if status in found)
