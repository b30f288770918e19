"""Whether a referral can be accepted by rule. Rules may accept or leave for a person; they never reject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Completeness:
    """What acceptance looks at. `library_id` is where the municipality and the kinds route to.

    `guardian_missing`: a child under 16 for whom no parent or guardian is named.
    """

    municipality: str | None
    library_id: str | None
    legal_basis: str | None
    informed_on: date | None
    guardian_missing: bool = False


def triage_reasons(referral: Completeness) -> list[str]:
    """Why a coordinator has to look first, as codes of `TRIAGE_REASONS`; none: accepted by rule."""
    reasons = []
    if referral.legal_basis is None:
        reasons.append("legal-basis-missing")
    if referral.informed_on is None:
        reasons.append("person-not-informed")
    if referral.guardian_missing:
        reasons.append("guardian-missing")
    if referral.municipality is None:
        reasons.append("municipality-unknown")
    elif referral.library_id is None:
        reasons.append("municipality-not-served")
    return reasons
