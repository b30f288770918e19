"""From a row of a file to a referral, or to what is wrong with it, column by column."""

from __future__ import annotations

import re
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from contracts import municipalities
from contracts.fields import MUNICIPALITY_PATTERN
from services.intake.domain import forbidden
from services.intake.domain.asked import CONFIRMABLE
from services.intake.domain.referral import Agreement, findings
from services.intake.files import phrases
from services.intake.files.cells import day_of_text
from services.intake.files.columns import BY_KEY
from services.intake.files.row_circumstances import circumstances, of_person
from services.intake.files.row_findings import RowFinding, RowReading

_LONGEST: Final = MappingProxyType(
    {"remarks": 1000, "availability": 500, "features": 200, "contact_language": 40, "household": 40, "phone": 40,
     "case_worker_phone": 40, "contact_person_phone": 40, "informed_language": 40, "legal_basis_text": 1000}
)  # fmt: skip
_LONGEST_OTHERWISE: Final = 100
_CODED: Final = (
    ("spoken_level", phrases.SPOKEN_LEVELS), ("literacy", phrases.LITERACY_LEVELS),
    ("digital_skill", phrases.DIGITAL_SKILLS), ("learner_track", phrases.LEARNER_TRACKS),
    ("civic_integration_duty", phrases.DUTIES), ("target_group", phrases.TARGET_GROUPS),
)  # fmt: skip
_NOT_CHECKED: Final = frozenset(
    {"phone", "case_worker_phone", "contact_person_phone", "birth_date", "informed_on", "consent_on", "spoken_level_on",
     "literacy_on"}
)  # fmt: skip
_FREE_TEXT: Final = frozenset({"remarks", "legal_basis_text"})
_GOAL_COLUMNS: Final = ("goal_1", "goal_2", "goal_3")
_COLUMN_OF: Final = MappingProxyType(
    {
        "participant.given_name": "given_name", "participant.family_name": "family_name",
        "participant.birth_date": "birth_date", "participant.phone": "phone", "participant.email": "email",
        "participant.contact_language": "contact_language", "municipality": "municipality", "postcode4": "postcode",
        "needs": "goal_1", "informed.on": "informed_on", "household_key": "household", "reference": "reference",
        "remarks": "remarks", "purpose": "purpose",
        "legal_basis": "legal_basis", "legal_basis_text": "legal_basis_text",
        "availability": "availability", "civic_integration_route": "civic_integration_route",
        "informed.language": "informed_language", "explicit_consent.on": "consent_on",
        "explicit_consent.given_by": "consent_by", "spoken_level_on": "spoken_level_on", "literacy_on": "literacy_on",
        "participant.contact_person.name": "contact_person", "participant.contact_person.phone": "contact_person_phone",
        "participant.contact_person.email": "contact_person_email",
        "case_worker.name": "case_worker", "case_worker.phone": "case_worker_phone",
        "case_worker.email": "case_worker_email",
    }
)  # fmt: skip


def referral_of(
    cells: dict[str, str], flaws: dict[str, str], *, today: date, agreed: Agreement
) -> tuple[dict[str, Any] | None, list[RowFinding]]:
    """The referral that a row stands for, tidy as POST /referrals would load it; or None and all that is wrong.

    Never raises, whatever stands in the cells.
    """
    row = RowReading(cells, flaws)
    _forbidden(row)
    referral = _payload(row)
    for found in findings(referral, today=today, agreed=agreed):
        column = _column(found.field)
        if column is None or not row.is_wrong(column):
            row.find(column, found.code, found.hint)
    if row.wrong:
        order = {key: place for place, key in enumerate(BY_KEY)}
        return None, sorted(row.wrong, key=lambda one: order.get(one.column or "", -1))
    return referral, []


def _forbidden(row: RowReading) -> None:
    for key, whole in row.cells.items():
        most = _LONGEST.get(key, _LONGEST_OTHERWISE)
        # What is too long is refused, so nobody has to wait until all of it was looked at.
        text = row.cells[key] = whole[:most]
        if text != whole:
            row.find(key, "too-long", str(most))
        if key not in _NOT_CHECKED:
            confirmed = key in CONFIRMABLE and phrases.YES_NO.code(row.cells.get("confirmed", "")) == "yes"
            for code in forbidden.found_in(text, free_text=key in _FREE_TEXT, confirmed=confirmed):
                row.find(key, code)


def _payload(row: RowReading) -> dict[str, Any]:
    text = row.cells.get
    return circumstances(row) | {
        "participant": _person(row),
        "municipality": _where(row),
        "postcode4": row.parsed("postcode", _postcode4, "postcode-unreadable"),
        "needs": _needs(row),
        "legal_basis": row.parsed(
            "legal_basis", phrases.LEGAL_BASES.code, "choice-unknown", phrases.LEGAL_BASES.choices
        ),
        "household_key": text("household"),
        **{key: row.parsed(key, known.code, "choice-unknown", known.choices) or "unknown" for key, known in _CODED},
        "availability": row.parsed(
            "availability", phrases.availability, "choice-unknown", phrases.AVAILABILITY_EXAMPLES
        ) or [],
        "features": row.parsed("features", phrases.features, "choice-unknown", phrases.FEATURES.choices) or [],
        "reference": text("reference"),
        "remarks": text("remarks"),
        "case_worker": _case_worker(row),
    }  # fmt: skip


def _person(row: RowReading) -> dict[str, Any]:
    text = row.cells.get
    interpreter = row.parsed("interpreter", phrases.YES_NO.code, "choice-unknown", phrases.YES_NO.choices)
    return {
        **_name(row),
        "birth_date": row.parsed("birth_date", day_of_text, "date-unreadable"),
        "phone": text("phone"),
        "email": text("email"),
        "contact_language": text("contact_language"),
        "interpreter_needed": None if interpreter is None else interpreter == "yes",
        **of_person(row),
    }


def _name(row: RowReading) -> dict[str, Any]:
    """Both names; a hyphen stands for the one that somebody does not have. A single column `Naam` is taken whole."""
    text = row.cells.get
    given, family = text("given_name"), text("family_name") or text("full_name")
    if given is None and text("full_name") is None and not row.is_wrong("given_name"):
        row.find("given_name", "required")
    if given and family and _none(family):
        given, family = None, given
    given = None if given and _none(given) else given
    infix = text("infix")
    return {"given_name": given, "family_name": f"{infix} {family}" if infix and family else family}


def _none(name: str) -> bool:
    return name in ("-", "–", "—")


def _needs(row: RowReading) -> list[dict[str, Any]]:
    hint = phrases.GOALS.choices
    goals = [row.parsed(column, phrases.GOALS.code, "goal-unknown", hint) for column in _GOAL_COLUMNS]
    return [{"goal": goal} for goal in dict.fromkeys(goals) if goal is not None]


def _case_worker(row: RowReading) -> dict[str, Any] | None:
    text = row.cells.get
    if text("case_worker") is None and not row.is_wrong("case_worker"):
        row.find("case_worker", "required")
    return {"name": text("case_worker"), "phone": text("case_worker_phone"), "email": text("case_worker_email")}


def _where(row: RowReading) -> str | None:
    text = row.cells.get("municipality")
    code = _municipality(text) if text else None
    if text and code is None and not row.is_wrong("municipality"):
        row.find("municipality", "municipality-unknown", _nearest(text))
    return code


def _municipality(text: str) -> str | None:
    code = re.sub(r"\s", "", text).upper()
    return municipalities.code_of(text) or (code if re.fullmatch(MUNICIPALITY_PATTERN, code) else None)


def _nearest(text: str) -> tuple[str, str]:
    near = municipalities.nearest(text) if len(text) <= _LONGEST_OTHERWISE else None
    return (f" Bedoelt u {near}?", f" Did you mean {near}?") if near else ("", "")


def _postcode4(text: str) -> str | None:
    found = re.fullmatch(r"([1-9]\d{3})(?:\s?[A-Za-z]{2})?", text)
    return found[1] if found else None


def _column(field: str) -> str | None:
    return _COLUMN_OF.get(field) or ("goal_1" if field.startswith("needs.") else None)
