"""What a referral must say, and how what a partner wrote is made equal in form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.intake.domain import forbidden
from services.intake.domain.asked import (
    CONFIRMABLE,
    EVENING_ONLY,
    EVENINGS,
    EXCLUDING_ROUTES,
    GUARDIANS,
    REVEALING,
)
from services.intake.domain.findings import Finding
from services.intake.domain.people import (
    email_address,
    is_child,
    phone_number,
    possible_birth_date,
    possible_name,
    work_number,
)

Number = Callable[[str], str | None]
"""Makes one form of a telephone number; None for what is none."""
_WAYS: Final = ("phone", "email")
_TELEPHONES: Final = frozenset({"participant.phone", "participant.contact_person.phone", "case_worker.phone"})
_FREE_TEXT: Final = frozenset({"remarks", "legal_basis_text", "wishes", "agreed"})
_DATES_PAST: Final = ("informed.on", "spoken_level_on", "literacy_on", "explicit_consent.on")
_NOT_TEXT: Final = "confirmed"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed with a partner: from where, on which legal bases and for what it refers. None, or of the last two
    an empty one: anything.
    """

    municipalities: Collection[str] | None = None
    legal_bases: Collection[str] = ()
    purposes: Collection[str] = ()

    @property
    def from_somewhere(self) -> bool:
        """Whether there is any municipality that may be referred from."""
        return self.municipalities is None or bool(self.municipalities)

    def from_here(self, municipality: str) -> bool:
        """Whether this municipality may be referred from."""
        return self.municipalities is None or municipality in self.municipalities


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
    """A tidy, checked payload in one form: numbers that can be called, and evenings only said as availability."""
    person = reachable(referral["participant"])
    if person.get("contact_person"):
        person["contact_person"] = reachable(person["contact_person"])
    return with_evenings(with_worker(referral)) | {"participant": person}


def with_worker(referral: dict[str, Any]) -> dict[str, Any]:
    """The same with the numbers of who refers in one form."""
    worker = referral.get("case_worker")
    return referral | {"case_worker": reachable(worker, work_number)} if worker else referral


def with_evenings(referral: dict[str, Any]) -> dict[str, Any]:
    """The same with "evenings only" said as availability, which is what it is to planning."""
    features = referral.get("features", [])
    evenings = {"availability": _evenings(referral)} if EVENING_ONLY in features else {}
    return referral | {"features": [feature for feature in features if feature != EVENING_ONLY]} | evenings


def reachable(person: dict[str, Any], number: Number = phone_number) -> dict[str, Any]:
    """The same with telephone number and e-mail address in one form; where there is none, as it was written."""
    phone, email = person.get("phone"), person.get("email")
    return (
        person
        | ({"phone": number(phone) or phone} if phone else {})
        | ({"email": email_address(email) or email} if email else {})
    )  # fmt: skip


def _evenings(referral: dict[str, Any]) -> list[str]:
    said = referral.get("availability") or EVENINGS
    return [slot for slot in EVENINGS if slot in said]


def findings(referral: dict[str, Any], *, today: date, agreed: Agreement) -> list[Finding]:
    """Everything that is wrong with a tidy payload, so that it can be told at once."""
    return [
        *_person(referral["participant"], today),
        *_worker(referral.get("case_worker") or {}, {}),
        *_where(referral, agreed),
        *_grounds(referral, agreed),
        *_needs(referral["needs"]),
        *_circumstances(referral),
        *_dates(referral, today),
        *_consent(referral, today),
        *_texts(referral),
    ]


def findings_later(
    said: dict[str, Any], *, birth_date: date | None, availability: list[str], case_worker: dict[str, Any], today: date
) -> list[Finding]:
    """Everything that is wrong with what becomes known after referring, in an intake talk or later: by the same rules.

    `said` is tidy and holds what is new alone; `birth_date`, `availability` and `case_worker` are as they are known.
    """
    whole = {"availability": availability} | said | {"participant": {"birth_date": birth_date}}
    worker = _worker(said.get("case_worker") or {}, case_worker)
    return [*worker, *_circumstances(whole), *_dates(said, today), *_consent(whole, today), *_texts(said)]


def guardian_missing(referral: dict[str, Any], today: date) -> bool:
    """Whether it is about a child under 16 for whom no parent or guardian is named."""
    person = referral["participant"]
    contact = person.get("contact_person") or {}
    return is_child(person.get("birth_date"), today) and contact.get("relation") not in GUARDIANS


def incomplete(referral: dict[str, Any]) -> list[str]:
    """What is asked of every referral, is not here, and may wait for the intake talk (ADR 0026)."""
    informed = referral.get("informed") or {}
    missing = [f"informed.{name}" for name in ("language", "how", "interpreter") if informed.get(name) is None]
    if not (referral.get("case_worker") or {}).get("name"):
        missing.append("case_worker")
    if REVEALING.intersection(referral.get("features") or ()) and not referral.get("explicit_consent"):
        missing.append("explicit_consent")
    return missing


def _person(person: dict[str, Any], today: date) -> Iterator[Finding]:
    if not person.get("family_name"):
        yield Finding("participant.family_name", "required")
    for field in ("given_name", "family_name"):
        if person.get(field) and not possible_name(person[field]):
            yield Finding(f"participant.{field}", "name-unreadable")
    contact = person.get("contact_person") or {}
    if not any(one.get(way) for one in (person, contact) for way in ("phone", "email")):
        yield Finding("participant.phone", "contact-missing")
    yield from _ways(person, "participant")
    yield from contact_person_findings(contact, "participant.contact_person")
    if person.get("birth_date") and not possible_birth_date(person["birth_date"], today):
        yield Finding("participant.birth_date", "birth-date-impossible")


def contact_person_findings(contact: dict[str, Any], path: str) -> Iterator[Finding]:
    """What is wrong with a contact person; nothing where there is none."""
    if contact and not contact.get("name"):
        yield Finding(f"{path}.name", "required")
    if contact.get("name") and not possible_name(contact["name"]):
        yield Finding(f"{path}.name", "name-unreadable")
    yield from _ways(contact, path)


def _worker(worker: dict[str, Any], known: dict[str, Any]) -> Iterator[Finding]:
    """What somebody wrote long ago, when nobody looked, keeps nobody from correcting something else."""
    yield from _ways(
        {way: worker.get(way) for way in _WAYS if worker.get(way) != known.get(way)}, "case_worker", work_number
    )


def _ways(person: dict[str, Any], path: str, number: Number = phone_number) -> Iterator[Finding]:
    if person.get("phone") and number(person["phone"]) is None:
        yield Finding(f"{path}.phone", "phone-unreadable")
    if person.get("email") and email_address(person["email"]) is None:
        yield Finding(f"{path}.email", "email-unreadable")


def _where(referral: dict[str, Any], agreed: Agreement) -> Iterator[Finding]:
    municipality = referral.get("municipality")
    if not municipality and not referral.get("postcode4"):
        yield Finding("municipality", "municipality-missing")
    if municipality and not agreed.from_here(municipality):
        yield Finding("municipality", "municipality-outside-agreement")


def _grounds(referral: dict[str, Any], agreed: Agreement) -> Iterator[Finding]:
    basis, purpose = referral.get("legal_basis"), referral.get("purpose")
    if basis and agreed.legal_bases and basis not in agreed.legal_bases:
        yield Finding("legal_basis", "legal-basis-outside-agreement")
    if purpose and agreed.purposes and purpose not in agreed.purposes:
        yield Finding("purpose", "purpose-outside-agreement")


def _needs(needs: list[dict[str, Any]]) -> Iterator[Finding]:
    if not needs:
        yield Finding("needs", "required")
    seen: list[tuple[str, str | None]] = []
    for place, need in enumerate(needs):
        wanted = (need["goal"], need.get("kind"))
        if wanted in seen:
            yield Finding(f"needs.{place}.goal", "need-repeated")
        seen.append(wanted)


def _circumstances(referral: dict[str, Any]) -> Iterator[Finding]:
    if EVENING_ONLY in referral.get("features", ()) and not _evenings(referral):
        yield Finding("availability", "availability-without-evenings")
    if len(EXCLUDING_ROUTES.intersection(referral.get("civic_integration_route") or ())) > 1:
        yield Finding("civic_integration_route", "routes-exclude")


def _dates(referral: dict[str, Any], today: date) -> Iterator[Finding]:
    for field, value in _leaves(referral):
        if field in _DATES_PAST and value > today:
            yield Finding(field, "date-in-future")


def _consent(referral: dict[str, Any], today: date) -> Iterator[Finding]:
    consent = referral.get("explicit_consent") or {}
    if consent.get("given_by") == "participant" and is_child(referral["participant"].get("birth_date"), today):
        yield Finding("explicit_consent.given_by", "consent-by-guardian")


def _texts(referral: dict[str, Any]) -> Iterator[Finding]:
    confirmed = referral.get("confirmed") or ()
    for field in confirmed:
        if field in CONFIRMABLE and not referral.get(field):
            yield Finding("confirmed", "not-confirmable")
    for field, value in _leaves(referral):
        if isinstance(value, str) and field not in _TELEPHONES and not field.startswith(_NOT_TEXT):
            for code in forbidden.found_in(value, free_text=field in _FREE_TEXT, confirmed=field in confirmed):
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
