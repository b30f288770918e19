"""From what somebody sends to a referral that can be taken in, or to all that is wrong with it; also for forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from marshmallow import ValidationError

from contracts.event import camel
from services.intake.access import Sight
from services.intake.domain.findings import Finding
from services.intake.domain.referral import Agreement, findings, guardian_missing, incomplete, normalised, tidy
from services.intake.schemas.referring import NewReferral

Row = dict[str, Any]
_SCHEMA: Final = NewReferral()
_CODES: Final = (
    (r"Missing data for required field\.", "required"),
    (r"Field may not be null\.", "required"),
    (r"Shorter than minimum length 1\.", "required"),
    (r"Longer than maximum length (\d+)\.", "too-long"),
    (r"Length must be between \d+ and (\d+)\.", "too-long"),
    (r"Must be one of: (.+)\.", "choice-unknown"),
    (r"Not a date;", "date-unreadable"),
    (r"Not the four digits of a postcode", "postcode-unreadable"),
    (r"Not a CBS code of a municipality", "municipality-unknown"),
    (r"Unknown field\.", "field-unknown"),
)
"""What marshmallow says, and what we say of it in two languages; a group becomes the hint."""
_FIELDS_ASKED: Final = {"case_worker": "case_worker.name", "explicit_consent": "explicit_consent.on"}


def agreement_of(partner: Row, sight: Sight | None = None) -> Agreement:
    """What this partner refers for; a case worker from the municipalities assigned to them alone, which may be none."""
    municipalities = frozenset(partner["municipalities"]) or None
    if sight is not None and sight.municipalities is not None:
        municipalities = sight.municipalities if municipalities is None else municipalities & sight.municipalities
    return Agreement(municipalities, partner["legal_bases"], partner["purposes"])


def checked(sent: Mapping[str, Any], *, today: date, agreed: Agreement) -> tuple[Row | None, list[Finding]]:
    """The referral that a form stands for, or None and everything that is wrong, in one go.

    `sent` is what POST /referrals takes, in camelCase. What cannot be read is told with all that the rules find.
    """
    said, unreadable = _read(sent)
    ruled = findings(_with_parts(said), today=today, agreed=agreed)
    wrong = unreadable + [one for one in ruled if not any(_touch(one.field, other.field) for other in unreadable)]
    return (None, wrong) if wrong else (normalised(said), [])


def left_out(sent: Mapping[str, Any], *, today: date) -> list[str]:
    """Fields (camelCase) of what is asked of everyone and is not there. It is taken in without; the library then asks.

    `sent` as for :func:`checked`. A parent or guardian counts for a child under 16.
    """
    said, unreadable = _read(sent)
    said = _with_parts(said)
    informed = said.get("informed") or {}
    missing = [] if said.get("legal_basis") else ["legal_basis"]
    missing += [] if informed.get("on") else ["informed.on"]
    missing += [_FIELDS_ASKED.get(field, field) for field in incomplete(said)]
    missing += ["participant.contact_person.name"] if guardian_missing(said, today) else []
    return [spelled(field) for field in missing if not any(_touch(field, other.field) for other in unreadable)]


def on_terms(said: Row, partner: Row) -> Row:
    """A checked referral with what was agreed with its partner where it does not say so itself."""
    purpose = said.get("purpose") or partner["purposes"][0]
    text = said.get("legal_basis_text") or (partner["legal_basis_text"] if said.get("legal_basis") == "other" else None)
    return said | {"purpose": purpose} | ({"legal_basis_text": text} if text else {})


def spelled(field: str) -> str:
    """A field of a finding as clients write it: `needs.0.goal`, `participant.familyName`."""
    return ".".join(camel(part) for part in field.split("."))


def _read(sent: Mapping[str, Any]) -> tuple[Row, list[Finding]]:
    """What could be read, tidy, and what could not."""
    try:
        return tidy(_SCHEMA.load(sent)), []
    except ValidationError as problem:
        return tidy(problem.valid_data), list(_unreadable(problem.messages))


def _touch(one: str, other: str) -> bool:
    """Whether one of two fields is the other or a part of it."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _with_parts(said: Row) -> Row:
    """What could be read, with its parts there though nothing of them could."""
    needs = [need for need in said.get("needs") or () if need.get("goal")]
    return said | {"participant": said.get("participant") or {}, "needs": needs}


def _unreadable(messages: Any, path: str = "") -> Iterator[Finding]:
    """Marshmallow's messages as findings, with the fields named as Python does."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            step = _snake(str(name)) if name != "_schema" else ""
            yield from _unreadable(inner, ".".join(part for part in (path, step) if part))
        return
    yield _finding(path, str(next(iter(messages))))


def _finding(path: str, message: str) -> Finding:
    for pattern, code in _CODES:
        if found := re.match(pattern, message):
            return Finding(path, code, ", ".join(found.groups()))
    return Finding(path, "invalid")


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
