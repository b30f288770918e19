"""What is known of a participant beside their name: which of it an intake talk still asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain.asked import REVEALING

ASKED: Final = (
    "spoken_level", "literacy", "digital_skill", "learner_track", "availability", "postcode4", "travel", "features",
    "explicit_consent", "contact_language", "interpreter_needed", "contact_preference", "household",
    "civic_integration_duty", "civic_integration_route", "target_group", "informed_language", "informed_how",
    "informed_interpreter", "case_worker",
)  # fmt: skip
"""In the order in which one asks."""


def said(value: Any) -> Any:
    """A fact without its empty parts; None where it says nothing. No is an answer, `unknown` is none."""
    match value:
        case dict():
            return {name: part for name, inner in value.items() if (part := said(inner)) is not None} or None
        case list() | "":
            return value or None
        case "unknown":
            return None
        case _:
            return value


def unknown(known: Mapping[str, Any]) -> list[str]:
    """Which of :data:`ASKED` is not known, and matters for who this is."""
    return [name for name in ASKED if said(known.get(name)) is None and _matters(name, known)]


def _matters(name: str, known: Mapping[str, Any]) -> bool:
    match name:
        case "explicit_consent":
            return bool(REVEALING.intersection(known.get("features") or ()))
        case "civic_integration_route":
            return known.get("civic_integration_duty") not in ("no", "completed", "exempt")
        case "postcode4":
            return not known.get("shielded_address")
        case _:
            return True
