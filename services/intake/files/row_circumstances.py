"""What a row says beyond who, where and what for: contact, household, travel, how somebody was informed, consent.

Each part is there only when the row says something of it, so that a row without these columns is what it always was.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from services.intake.domain.asked import CIVIC_ROUTES, CONFIRMABLE, TRAVEL_BY
from services.intake.files import phrases
from services.intake.files.cells import day_of_text
from services.intake.files.phrases import Phrases
from services.intake.files.row_findings import RowReading

Said = dict[str, Any]
LARGEST_HOUSEHOLD, FURTHEST_MINUTES = 20, 180


def circumstances(row: RowReading) -> Said:
    """Of the referral."""
    said: Said = {
        "informed": _informed(row),
        "explicit_consent": _explicit_consent(row),
        "purpose": _code(row, "purpose", phrases.PURPOSES),
        "legal_basis_text": row.cells.get("legal_basis_text"),
        "travel": _travel(row),
        "civic_integration_route": _several(row, "civic_integration_route", phrases.CIVIC_ROUTES, CIVIC_ROUTES),
        **{f"{level}_how": _code(row, f"{level}_how", phrases.MEASURED) for level in ("spoken_level", "literacy")},
        **{f"{level}_on": _day(row, f"{level}_on") for level in ("spoken_level", "literacy")},
        "confirmed": _confirmed(row),
    }
    return {"informed": said["informed"]} | _known(said)


def of_person(row: RowReading) -> Said:
    """Of the participant."""
    return _known(
        {
            "contact_preference": _code(row, "contact_preference", phrases.CHANNELS),
            "contact_person": contact_person(row),
            "shielded_address": yes_or_no(row, "shielded_address"),
            "household": _household(row),
        }
    )


def contact_person(row: RowReading) -> Said | None:
    """Through whom the participant is reached."""
    relation = _code(row, "contact_person_relation", phrases.RELATIONS)
    text = row.cells.get
    said = _known({"name": text("contact_person"), "relation": relation, "phone": text("contact_person_phone"),
                   "email": text("contact_person_email")})  # fmt: skip
    return {"name": None, "relation": "other"} | said if said else None


def yes_or_no(row: RowReading, column: str) -> bool | None:
    """Yes, no, or nothing."""
    said = _code(row, column, phrases.YES_NO)
    return None if said is None else bool(said == "yes")


def _informed(row: RowReading) -> Said | None:
    return (
        _known(
            {
                "on": _day(row, "informed_on"),
                "language": row.cells.get("informed_language"),
                "how": _code(row, "informed_how", phrases.HOW_INFORMED),
                "interpreter": yes_or_no(row, "informed_interpreter"),
            }
        )
        or None
    )


def _explicit_consent(row: RowReading) -> Said | None:
    """All three columns or none: consent of which nobody knows who gave it is none."""
    columns = {"on": "consent_on", "how": "consent_how", "given_by": "consent_by"}
    said = {"on": _day(row, "consent_on"), "how": _code(row, "consent_how", phrases.CONSENT_HOW),
            "given_by": _code(row, "consent_by", phrases.CONSENT_BY)}  # fmt: skip
    if not _known(said):
        return None
    for name, column in columns.items():
        if said[name] is None and not row.is_wrong(column):
            row.find(column, "required")
    return said


def _household(row: RowReading) -> Said | None:
    adults = row.parsed("adults", partial(phrases.whole, least=1, most=LARGEST_HOUSEHOLD), "number-unreadable",
                        f"1–{LARGEST_HOUSEHOLD}")  # fmt: skip
    ages = row.parsed("children_ages", phrases.ages, "ages-unreadable")
    return _known({"adults": adults, "children_ages": ages}) or None


def _travel(row: RowReading) -> Said | None:
    minutes = row.parsed("travel_minutes", partial(phrases.whole, least=1, most=FURTHEST_MINUTES), "number-unreadable",
                         f"1–{FURTHEST_MINUTES}")  # fmt: skip
    return _known({"minutes": minutes, "by": _several(row, "travel_by", phrases.TRAVEL_BY, TRAVEL_BY)}) or None


def _confirmed(row: RowReading) -> list[str]:
    return [field for field in CONFIRMABLE if row.cells.get(field)] if yes_or_no(row, "confirmed") else []


def _code(row: RowReading, column: str, known: Phrases) -> Any:
    return _read(row, column, known.code, known)


def _several(row: RowReading, column: str, known: Phrases, order: tuple[str, ...]) -> Any:
    return _read(row, column, partial(phrases.several, known=known, order=order), known)


def _read(row: RowReading, column: str, parse: Callable[[str], Any], known: Phrases) -> Any:
    return row.parsed(column, parse, "choice-unknown", known.choices)


def _day(row: RowReading, column: str) -> Any:
    return row.parsed(column, day_of_text, "date-unreadable")


def _known(said: Said) -> Said:
    return {name: value for name, value in said.items() if value not in (None, [], {})}
