"""What a partner learns of each need: as far as was agreed with it (brief, "What the source page says").

What it did itself, what it is asked, and who decides, it learns always. `started` says that the first meeting of a
place has begun, not that anybody came: attendance it never learns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from services.intake.domain.needs import ENDED, WORDS, Phase, Status, Step
from services.intake.domain.planning import Planned

LEVELS: Final = ("placed", "started", "ended", "reasons")
USUAL: Final = ("placed", "started", "ended")
_WHOLE: Final = "whole"
EVERYTHING: Final = frozenset({*LEVELS, _WHOLE})
"""What the library's own staff see; no agreement with a partner comes to this."""

_ON_THE_WAY: Final = frozenset(
    {Phase.TO_CONTACT, Phase.INTAKE_PLANNED, Phase.WAITLISTED, Phase.OFFERED, Phase.HELD, Phase.AGREED, Phase.SCHEDULED}
)
_KNOWN_ENDS: Final = frozenset({Phase.REJECTED, Phase.WITHDRAWN, Phase.ENTERED_IN_ERROR})
_ATTENDANCE: Final = frozenset({Phase.ATTENDING, Phase.UNATTENDED})
_ALWAYS: Final = frozenset(
    {"received", Step.ACCEPTED, Step.REJECTED, Step.ASKED, Step.ANSWERED, Step.ADDED, Step.TRANSFERRED,
     Step.CORRECTED, Step.WITHDRAWN, Step.ENTERED_IN_ERROR}
)  # fmt: skip
_AS_AGREED: Final[Mapping[str, str]] = MappingProxyType(
    {
        Step.CONTACTED: "placed",
        Step.TALKED: "placed",
        Step.AGREED: "placed",
        Step.DECLINED: "placed",
        Planned.HELD: "placed",
        Planned.OFFERED: "placed",
        Planned.ENROLLED: "placed",
        Planned.WAITLISTED: "placed",
        Planned.UNPLACED: "placed",
        "started": "started",
        Planned.ENDED: "ended",
        Step.CLOSED: "ended",
    }
)
"""Which agreement an entry of a timeline needs. Those in neither table are the library's own."""
_OWN_REASONS: Final = frozenset({Step.REJECTED, Step.ASKED, Step.WITHDRAWN, Step.ENTERED_IN_ERROR, Planned.UNPLACED})


def shown_phase(phase: Phase, agreed: Collection[str]) -> Phase:
    """The phase as the partner may know it: the furthest that was agreed to tell."""
    if _WHOLE in agreed:
        return phase
    if phase in _ATTENDANCE:
        phase = Phase.STARTED
    if phase in ENDED - _KNOWN_ENDS and "ended" not in agreed:
        phase = Phase.SCHEDULED
    if phase is Phase.STARTED and "started" not in agreed:
        phase = Phase.SCHEDULED
    if phase in _ON_THE_WAY and "placed" not in agreed:
        return Phase.MATCHING
    return phase


def shown_steps(agreed: Collection[str]) -> frozenset[str]:
    """The entries of a timeline that are seen."""
    if _WHOLE in agreed:
        return frozenset(WORDS)
    return _ALWAYS | {step for step, level in _AS_AGREED.items() if level in agreed}


def shows_reasons(phase: Phase, agreed: Collection[str]) -> bool:
    """Why someone stopped is told only where that was agreed; why a referral was rejected, always."""
    return phase not in ENDED or phase is Phase.REJECTED or "reasons" in agreed


def shows_reasons_of(step: str, agreed: Collection[str]) -> bool:
    """The same of an entry of a timeline."""
    return step in _OWN_REASONS or "reasons" in agreed


def shows_actors(agreed: Collection[str]) -> bool:
    """Whether it is shown which employee of a library or partner did something."""
    return _WHOLE in agreed


def may_filter_by(status: str, agreed: Collection[str]) -> bool:
    """Whether a list by this status would tell no more than was agreed."""
    told_anyway = (Status.REQUESTED, Status.ON_HOLD, Status.REJECTED, Status.ENTERED_IN_ERROR)
    return {"placed", "ended"} <= set(agreed) or status in told_anyway
