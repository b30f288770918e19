"""The form for referring by hand: from what was typed to what `POST /referrals` takes, and from findings to its fields.

Fields are called as the API calls them. What differs is how people write: yes and no, ages in one line, dates as in
the Netherlands, a postcode with its letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from chassis.http import field_error
from chassis.http.problem import FieldError
from chassis.pages.forms import Typed, payload
from services.intake import referring
from services.intake.domain.findings import Finding
from services.intake.files.cells import day_of_text
from services.intake.schemas.referring import FURTHEST_MINUTES, LARGEST_HOUSEHOLD, NewReferral

ANYWAY: Final = "anyway"
"""The boxes by which somebody sends a form that asks to be looked at again: `incomplete`, `again`."""
LEFT_OUT: Final = "left-out"
ASKED: Final = {"legalBasis": "legal-basis-missing", "informed.on": "person-not-informed",
                "participant.contactPerson.name": "guardian-missing"}  # fmt: skip
"""What is asked of everyone and is not there: as a code that has its own words; any other field is `left-out`."""
BEFORE: Final = "referred-before"

ORDER: Final = (
    "participant.givenName", "participant.familyName", "participant.phone", "participant.email", "municipality",
    "postcode4", "needs", "legalBasis", "legalBasisText", "purpose", "informed.on", "informed.language",
    "informed.interpreter", "informed.how", "caseWorker.name", "caseWorker.phone", "caseWorker.email",
    "participant.birthDate", "participant.contactLanguage", "participant.interpreterNeeded",
    "participant.contactPreference", "participant.shieldedAddress", "participant.contactPerson.name",
    "participant.contactPerson.relation", "participant.contactPerson.phone", "participant.contactPerson.email",
    "participant.household.adults", "participant.household.childrenAges", "spokenLevel", "spokenLevelHow",
    "spokenLevelOn", "literacy", "literacyHow", "literacyOn", "digitalSkill", "learnerTrack", "availability",
    "travel.minutes", "travel.by", "features", "explicitConsent.on", "explicitConsent.how",
    "explicitConsent.givenBy", "civicIntegrationDuty", "civicIntegrationRoute", "targetGroup", "reference",
    "remarks", "confirmed",
)  # fmt: skip
"""The fields, or what begins their names, as they stand on the page: what is wrong is told in this order."""

_SCHEMA: Final = NewReferral()
_YES_NO: Final = ("participant.interpreterNeeded", "participant.shieldedAddress", "informed.interpreter")
_NUMBERS: Final = {
    "participant.household.adults": (f"1 tot en met {LARGEST_HOUSEHOLD}", f"1 to {LARGEST_HOUSEHOLD}"),
    "travel.minutes": (f"1 tot en met {FURTHEST_MINUTES}", f"1 to {FURTHEST_MINUTES}"),
}
_DATES: Final = (
    "participant.birthDate", "informed.on", "spokenLevelOn", "literacyOn", "explicitConsent.on",
)  # fmt: skip
_AGES: Final = "participant.household.childrenAges"
_LISTS: Final = (_AGES, "needs")


def sent(typed: Typed) -> dict[str, Any]:
    """What the API would be sent."""
    found = payload({name: values for name, values in typed.items() if name != ANYWAY}, _SCHEMA)
    found.setdefault("participant", {})
    for name in _YES_NO:
        _change(found, name, {"yes": True, "no": False})
    for name in _NUMBERS:
        _change(found, name, _number)
    for name in _DATES:
        _change(found, name, _date)
    _change(found, _AGES, ages)
    if found.get("participant", {}).get("household") == {"childrenAges": []}:
        del found["participant"]["household"]
    _change(found, "postcode4", lambda text: re.sub(r"^([1-9]\d{3}) ?[a-zA-Z]{2}$", r"\1", text))
    _change(found, "needs", lambda goals: [{"goal": goal} for goal in goals])
    return found


def asked_for(fields: Iterable[str], besides: Iterable[FieldError]) -> list[FieldError]:
    """Fields that are asked of everyone and are empty, unless something else is wrong there."""
    wrong = {error["field"] for error in besides}
    return [field_error("body", one, one, ASKED.get(one, LEFT_OUT)) for one in fields if one not in wrong]


def told(findings: Iterable[Finding], language: str) -> list[FieldError]:
    """What is wrong, at the fields of the form; each thing once."""
    errors: dict[tuple[str, str], FieldError] = {}
    for found in map(_in_words_of_the_form, findings):
        field = _field(found.field)
        message = found.dutch if language == "nl" else found.english
        error = field_error("body", field, message, found.code)
        if found.code == "too-long" and isinstance(found.hint, str):
            error["most"] = int(found.hint)
        errors.setdefault((field, found.code), error)
    return list(errors.values())


def in_order(errors: Iterable[FieldError]) -> list[FieldError]:
    """The same, as one comes upon them on the page; what is about no field comes last."""

    def place(error: FieldError) -> int:
        field = f"{error['field']}."
        return next((at for at, name in enumerate(ORDER) if field.startswith(f"{name}.")), len(ORDER))

    return sorted(errors, key=place)


def _in_words_of_the_form(found: Finding) -> Finding:
    field = referring.spelled(found.field)
    if f"{field}.".startswith(f"{_AGES}."):
        return Finding(found.field, "ages-unreadable")
    if field in _NUMBERS:
        return Finding(found.field, "number-unreadable", _NUMBERS[field])
    return found


def _field(path: str) -> str:
    """A field of the form: lists are one field."""
    return re.sub(r"\.\d+(\..*)?$", "", referring.spelled(path))


def _change(found: dict[str, Any], name: str, read: Any) -> None:
    """Change the value of this field, by a table of what is known or by a function; where it is not, nothing."""
    *above, last = name.split(".")
    for part in above:
        found = found.get(part, {})
    value = found.get(last)
    if isinstance(value, str) or (isinstance(value, list) and name in _LISTS):
        found[last] = read.get(value, value) if isinstance(read, Mapping) else read(value)


def _number(text: str) -> Any:
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else text


def _date(text: str) -> str:
    day = day_of_text(text)
    return day.isoformat() if day and not text.isdecimal() else text


def ages(lines: Iterable[str]) -> list[Any]:
    """Ages as people write them: with commas, spaces or "en" between. What is no number stays as it is."""
    return [_number(age) for line in lines for age in re.split(r"[,;\s]+|\ben\b", line) if age]
