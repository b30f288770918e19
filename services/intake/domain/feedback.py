"""What a partner learns of each need: as far as was agreed with it (brief, "What the source page says")."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from services.intake.domain.needs import ENDED, Phase, Status, Step

LEVELS: Final = ("placed", "ended", "reasons")
USUAL: Final = ("placed", "ended")
_ABOUT_PLACES: Final = frozenset({Phase.WAITLISTED, Phase.HELD, Phase.AGREED, Phase.SCHEDULED})
_DECIDED: Final = frozenset({"received", Step.ACCEPTED, Step.REJECTED})


def shown_phase(phase: Phase, agreed: Collection[str]) -> Phase:
    """The phase as the partner may know it: the furthest that was agreed to tell."""
    if phase in ENDED and phase is not Phase.REJECTED and "ended" not in agreed:
        phase = Phase.SCHEDULED
    if phase in _ABOUT_PLACES and "placed" not in agreed:
        return Phase.MATCHING
    return phase


def shows_step(step: str, agreed: Collection[str]) -> bool:
    """Whether the partner sees this entry of a timeline."""
    if step in _DECIDED:
        return True
    return ("ended" if step == Step.ENDED else "placed") in agreed


def shows_reasons(phase: Phase, agreed: Collection[str]) -> bool:
    """Why someone stopped is told only where that was agreed; why a referral was rejected, always."""
    return phase not in ENDED or phase is Phase.REJECTED or "reasons" in agreed


def may_filter_by(status: str, agreed: Collection[str]) -> bool:
    """Whether a list by this status would tell no more than was agreed."""
    return {"placed", "ended"} <= set(agreed) or status in (Status.REQUESTED, Status.REJECTED)
