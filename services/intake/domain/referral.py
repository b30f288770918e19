"""What a referral must say, and how what a partner wrote is made equal in form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, Final

from services.intake.domain import forbidden
from services.intake.domain.findings import Finding
from services.intake.domain.people import email_address, phone_number, possible_birth_date, possible_name

_TELEPHONES: Final = frozenset({"participant.phone", "case_worker.phone"})
_FREE_TEXT: Final = frozenset({"remarks"})
_DATES_PAST: Final = ("informed.on", "spoken_level_on", "literacy_on")


def tidy(value: Any) -> Any:
    """The same payload with single spaces, digits 0–9 for those of other scripts, and None for what is empty."""
    match value:
        case str():
            return re.sub(r"[^\S\n]+", " ", "".join(map(_letter, value))).strip() or None
        case dict():
            return {key: tidy(inner) for key, inner in value.items()}
        case list():
            return [tidy(inner) for inner in value]
        case _:
            return value


def _letter(c: str) -> str:
    if c.isdecimal():
        return str(unicodedata.decimal(c))
    return c if c >= " " or c == "\n" else " " if c.isspace() else ""


def normalised(referral: dict[str, Any]) -> dict[str, Any]:
    """A tidy, checked payload with telephone number and e-mail address in one form."""
    person = dict(referral["participant"])
    if person.get("phone"):
        person["phone"] = phone_number(person["phone"])
    if person.get("email"):
        person["email"] = email_address(person["email"])
    return referral | {"participant": person}


def findings(referral: dict[str, Any], *, today: date, agreed: Collection[str]) -> list[Finding]:
    """Everything that is wrong with a tidy payload, so that it can be told at once.

    `agreed` are the municipalities that the partner refers from; none means all.
    """
    return [
        *_person(referral["participant"], today),
        *_where(referral, agreed),
        *_needs(referral["needs"]),
        *_dates(referral, today),
        *_texts(referral),
    ]


def _person(person: dict[str, Any], today: date) -> Iterator[Finding]:
    if not person.get("family_name"):
        yield Finding("participant.family_name", "required")
    for field in ("given_name", "family_name"):
        if person.get(field) and not possible_name(person[field]):
            yield Finding(f"participant.{field}", "name-unreadable")
    if not person.get("phone") and not person.get("email"):
        yield Finding("participant.phone", "contact-missing")
    if person.get("phone") and phone_number(person["phone"]) is None:
        yield Finding("participant.phone", "phone-unreadable")
    if person.get("email") and email_address(person["email"]) is None:
        yield Finding("participant.email", "email-unreadable")
    if person.get("birth_date") and not possible_birth_date(person["birth_date"], today):
        yield Finding("participant.birth_date", "birth-date-impossible")


def _where(referral: dict[str, Any], agreed: Collection[str]) -> Iterator[Finding]:
    municipality = referral.get("municipality")
    if not municipality and not referral.get("postcode4"):
        yield Finding("municipality", "municipality-missing")
    if municipality and agreed and municipality not in agreed:
        yield Finding("municipality", "municipality-outside-agreement")


def _needs(needs: list[dict[str, Any]]) -> Iterator[Finding]:
    if not needs:
        yield Finding("needs", "required")
    seen: list[tuple[str, str | None]] = []
    for place, need in enumerate(needs):
        wanted = (need["goal"], need.get("kind"))
        if wanted in seen:
            yield Finding(f"needs.{place}.goal", "need-repeated")
        seen.append(wanted)


def _dates(referral: dict[str, Any], today: date) -> Iterator[Finding]:
    for field, value in _leaves(referral):
        if field in _DATES_PAST and value > today:
            yield Finding(field, "date-in-future")


def _texts(referral: dict[str, Any]) -> Iterator[Finding]:
    for field, value in _leaves(referral):
        if isinstance(value, str) and field not in _TELEPHONES:
            for code in forbidden.found_in(value, free_text=field in _FREE_TEXT):
                yield Finding(field, code)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field with a value, its path with dots."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{place}")
    elif value is not None:
        yield path, value
