"""Rows as case workers write them, each with what must become of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from contracts.municipalities import name_of
from examples.maker import names, referrals
from examples.maker.draw import Draw
from examples.maker.people import Household, Person

COLUMNS = (
    "Referentie", "Voornaam", "Achternaam", "Geboortedatum", "Telefoon", "E-mail", "Postcode", "Gemeente",
    "Leervraag 1", "Leervraag 2", "Leervraag 3", "Spreekniveau", "Lezen en schrijven", "Digitale vaardigheid",
    "NT1/NT2", "Beschikbaarheid", "Voorwaarden", "Inburgeringsplicht", "Doelgroep", "Contacttaal", "Tolk nodig",
    "Contact via", "Contact via rol", "Contact via telefoon", "Gezin", "Grondslag", "Geïnformeerd op",
    "Geïnformeerd in", "Geïnformeerd hoe", "Geïnformeerd met tolk", "Opmerking",
    "Verwijzer", "Verwijzer telefoon", "Verwijzer e-mail",
)  # fmt: skip
REMARKS = (
    "Belt het liefst na 16 uur.",
    "Heeft een fiets.",
    "Komt graag samen met de buurvrouw.",
    "Begint binnenkort met vrijwilligerswerk.",
    "Liefst dicht bij huis.",
    "Was al eens in de bibliotheek.",
    "Wil graag snel beginnen.",
    "Appen gaat beter dan bellen.",
)


@dataclass(frozen=True, slots=True)
class CaseWorker:
    name: str
    phone: str
    email: str


@dataclass(slots=True)
class Row:
    """One line of a file. `values` is what stands in it; the rest is what intake must make of it."""

    values: dict[str, Any]
    municipality: str | None = None
    """The code that it is routed by; None where the row does not say."""
    problems: list[tuple[str, str]] = field(default_factory=list)
    """(column, code) of each thing wrong; such a row is refused."""
    triage: list[str] = field(default_factory=list)
    """Why a coordinator has to look; such a row is taken in."""
    referred_on: date = date.min
    repeats: bool = False
    """The same row stood earlier in the file."""

    @property
    def is_blank(self) -> bool:
        return not any(value not in ("", None) for value in self.values.values())

    @property
    def goals(self) -> list[str]:
        return [goal for n in (1, 2, 3) if (goal := self.values.get(f"Leervraag {n}"))]

    @property
    def is_plain(self) -> bool:
        """Nothing is the matter with it (yet)."""
        return not (self.is_blank or self.problems or self.triage or self.repeats)


def case_workers(phones: names.Phones) -> list[CaseWorker]:
    made = []
    for name in names.CASE_WORKERS:
        given, family = name.split(" ", 1)
        made.append(CaseWorker(name, f"06-{phones.number()}", names.email(given[0], family)))
    return made


def rows_of(
    draw: Draw, home: Household, on: date, phones: names.Phones, worker: CaseWorker, household_key: str
) -> list[Row]:
    """A row for each person of the household that is referred: every adult, four of five young people."""
    referred = [person for person in home.people if person.age >= 18 or draw.chance(0.8)]
    key = household_key if len(referred) > 1 or referred[0].child_ages else ""
    numbers = [phones.number() for _ in referred]
    rows = [_row(draw, home, who, on, phone, worker, key) for who, phone in zip(referred, numbers, strict=True)]
    parent, reached = next((who, phone) for who, phone in zip(referred, numbers, strict=True) if who.age >= 18)
    for who, row in zip(referred, rows, strict=True):
        if who.age < 18:
            row.values |= {"Contact via": f"{parent.given} {parent.family}", "Contact via rol": "ouder",
                           "Contact via telefoon": f"06-{reached}"}  # fmt: skip
    return rows


def _row(draw: Draw, home: Household, person: Person, on: date, phone: str, worker: CaseWorker, key: str) -> Row:
    known = referrals.levels(draw, person)
    goals = referrals.needs(draw, person, known)
    reached_by = draw.weighted({"phone": 48, "both": 40, "email": 12})
    informed = on - timedelta(days=draw.between(0, 9))
    language = referrals.contact_language(draw, known)
    values: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    values |= {
        "Voornaam": person.given,
        "Achternaam": person.family,
        "Geboortedatum": person.born,
        "Telefoon": phone_as_written(draw, phone) if reached_by != "email" else "",
        "E-mail": names.email(person.given, person.family) if reached_by != "phone" else "",
        "Postcode": home.postcode,
        "Gemeente": name_of(home.municipality),
        **known,
        "Beschikbaarheid": ", ".join(referrals.availability(draw, person)),
        "Voorwaarden": ", ".join(referrals.conditions(draw, person)),
        "Inburgeringsplicht": referrals.civic_duty(draw, person, home),
        "Doelgroep": draw.weighted({home.target_group: 93, "onbekend": 3, "": 4}),
        "Contacttaal": language,
        "Tolk nodig": draw.weighted({"ja": 60, "nee": 40}) if language not in ("Nederlands", "Engels") else "nee",
        "Gezin": key,
        "Grondslag": draw.weighted({"toestemming": 66, "publieke taak": 28, "overeenkomst": 6}),
        "Geïnformeerd op": informed,
        "Geïnformeerd in": language,
        "Geïnformeerd hoe": "mondeling",
        "Opmerking": draw.pick(REMARKS) if draw.chance(0.12) else "",
        "Verwijzer": worker.name,
        "Verwijzer telefoon": worker.phone,
        "Verwijzer e-mail": worker.email,
    }
    values["Geïnformeerd met tolk"] = values["Tolk nodig"]
    values |= {f"Leervraag {n}": goal for n, goal in enumerate(goals, start=1)}
    return Row(values, home.municipality, referred_on=on)


def phone_as_written(draw: Draw, digits: str) -> str:
    """A mobile number in one of the ways in which people write it."""
    pairs = " ".join(digits[i : i + 2] for i in range(0, 8, 2))
    forms = {f"06-{digits}": 62, f"06{digits}": 14, f"06 {pairs}": 10, f"+316{digits}": 10, f"0031 6 {digits}": 4}
    return draw.weighted(forms)


def number(rows: Sequence[Row], reference: Callable[[int], str]) -> None:
    """Gives every row its reference, counted from 1."""
    for count, row in enumerate(rows, start=1):
        row.values["Referentie"] = reference(count)
