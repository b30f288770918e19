"""The columns of a file of referrals: our names for them, their Dutch headers, and what else people call them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.intake.files.unreadable import Unreadable


@dataclass(frozen=True, slots=True)
class Column:
    """`header` is what we call it to partners; `also` what they may call it. `form` says how cells become text."""

    key: str
    header: str
    also: tuple[str, ...] = ()
    form: str = "text"


COLUMNS: Final = (
    Column("reference", "Referentie", ("reference", "kenmerk", "dossiernummer", "cliëntnummer", "ref", "uw kenmerk")),
    Column("given_name", "Voornaam", ("given name", "first name", "voornamen", "roepnaam", "firstname")),
    Column("infix", "Tussenvoegsel", ("infix", "tussenvoegsels", "voorvoegsel")),
    Column("family_name", "Achternaam", ("family name", "last name", "surname", "familienaam", "lastname")),
    Column("full_name", "Naam", ("name", "volledige naam", "full name", "naam deelnemer")),
    Column("birth_date", "Geboortedatum", ("birth date", "date of birth", "geb datum", "geboren", "gebdat",
           "dob"), "date"),
    Column("phone", "Telefoon", ("phone", "telefoonnummer", "telephone", "mobiel", "tel", "tel nr",
           "06 nummer"), "phone"),
    Column("email", "E-mail", ("e-mailadres", "mail", "mailadres", "email address", "e mail")),
    Column("postcode", "Postcode", ("postal code", "postcode4", "pc4", "zip")),
    Column("municipality", "Gemeente", ("municipality", "woongemeente", "gemeentecode", "gemeentenaam")),
    Column("goal_1", "Leervraag 1", ("leervraag", "need", "need 1", "goal", "goal 1", "leerdoel",
           "leerdoel 1", "1e leervraag")),
    Column("goal_2", "Leervraag 2", ("need 2", "goal 2", "leerdoel 2", "2e leervraag")),
    Column("goal_3", "Leervraag 3", ("need 3", "goal 3", "leerdoel 3", "3e leervraag")),
    Column("spoken_level", "Spreekniveau", ("spoken level", "niveau spreken", "niveau", "taalniveau", "level")),
    Column("literacy", "Lezen en schrijven", ("literacy", "niveau lezen en schrijven", "alfabetisering",
           "lees- en schrijfniveau")),
    Column("digital_skill", "Digitale vaardigheid", ("digital skill", "digitale vaardigheden", "computervaardigheid")),
    Column("learner_track", "NT1/NT2", ("learner track", "nt1 of nt2", "nt")),
    Column("availability", "Beschikbaarheid", ("availability", "beschikbaar", "wanneer beschikbaar")),
    Column("features", "Voorwaarden", ("features", "conditions", "voorwaarde", "bijzonderheden plek")),
    Column("civic_integration_duty", "Inburgeringsplicht", ("civic integration duty", "inburgeringsplichtig",
           "inburgering")),
    Column("target_group", "Doelgroep", ("target group", "groep")),
    Column("contact_language", "Contacttaal", ("contact language", "taal", "language", "spreektaal",
           "taal voor contact")),
    Column("interpreter", "Tolk nodig", ("interpreter needed", "tolk", "interpreter")),
    Column("contact_preference", "Contactvoorkeur", ("contact preference", "voorkeur contact")),
    Column("contact_person", "Contact via", ("contact person", "ouder of voogd", "ouder/voogd", "guardian")),
    Column("contact_person_relation", "Contact via rol", ("contact person relation", "relatie")),
    Column("contact_person_phone", "Contact via telefoon", ("contact person phone", "telefoon ouder of voogd"),
           "phone"),
    Column("contact_person_email", "Contact via e-mail", ("contact person email", "e-mail ouder of voogd")),
    Column("shielded_address", "Geheim adres", ("shielded address", "afgeschermd adres")),
    Column("household", "Gezin", ("household", "gezinsnummer", "gezinscode", "huishouden", "family")),
    Column("adults", "Volwassenen in gezin", ("adults", "aantal volwassenen")),
    Column("children_ages", "Leeftijden kinderen", ("children's ages", "leeftijd kinderen", "ages of children")),
    Column("spoken_level_how", "Spreekniveau gemeten met", ("spoken level how",)),
    Column("spoken_level_on", "Spreekniveau gemeten op", ("spoken level on",), "date"),
    Column("literacy_how", "Lezen en schrijven gemeten met", ("literacy how",)),
    Column("literacy_on", "Lezen en schrijven gemeten op", ("literacy on",), "date"),
    Column("travel_minutes", "Reistijd", ("travel minutes", "reistijd in minuten")),
    Column("travel_by", "Vervoer", ("travel by", "reist met")),
    Column("civic_integration_route", "Inburgeringsroute", ("civic integration route", "route", "leerroute")),
    Column("purpose", "Doel", ("purpose", "doel van de aanmelding")),
    Column("legal_basis", "Grondslag", ("legal basis", "wettelijke grondslag", "toestemming")),
    Column("legal_basis_text", "Grondslag toelichting", ("legal basis text", "toelichting grondslag")),
    Column("informed_on", "Geïnformeerd op", ("informed on", "datum geïnformeerd", "geïnformeerd",
           "date informed"), "date"),
    Column("informed_language", "Geïnformeerd in", ("informed language", "taal geïnformeerd", "geïnformeerd in taal")),
    Column("informed_how", "Geïnformeerd hoe", ("informed how", "mondeling of schriftelijk")),
    Column("informed_interpreter", "Geïnformeerd met tolk", ("informed interpreter", "tolk bij uitleg")),
    Column("consent_on", "Uitdrukkelijke toestemming op", ("explicit consent on", "uitdrukkelijke toestemming"),
           "date"),
    Column("consent_how", "Uitdrukkelijke toestemming hoe", ("explicit consent how",)),
    Column("consent_by", "Uitdrukkelijke toestemming door", ("explicit consent by",)),
    Column("remarks", "Opmerking", ("remarks", "opmerkingen", "toelichting", "remark", "notes", "bijzonderheden")),
    Column("confirmed", "Gecontroleerd", ("confirmed", "nagekeken")),
    Column("case_worker", "Verwijzer", ("case worker", "naam verwijzer", "contactpersoon", "caseworker", "begeleider")),
    Column("case_worker_phone", "Verwijzer telefoon", ("case worker phone", "telefoon verwijzer",
           "tel verwijzer"), "phone"),
    Column("case_worker_email", "Verwijzer e-mail", ("case worker email", "e-mail verwijzer",
           "mail verwijzer", "e-mailadres verwijzer")),
)  # fmt: skip

BY_KEY: Final = MappingProxyType({column.key: column for column in COLUMNS})
_NEEDED: Final = (
    ("family_name", "full_name"),
    ("phone", "email"),
    ("postcode", "municipality"),
    ("goal_1",),
    ("case_worker",),
)
"""Columns that a file must have, or one of each of these."""
HEADER_WITHIN: Final = 30
"""Rows from the top in which the column names must stand: below titles and notes."""
RECOGNISED_LEAST: Final = 4
"""A row with so many known names is the row of column names, not a title or a person."""
HINTED_LEAST: Final = 2
"""A row with so many is one that lacks columns, where no row has more."""


def plain(text: str) -> str:
    """A name as it is compared: letters and digits without case or accents."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9]", "", "".join(c for c in bare if not unicodedata.combining(c)))


_KEY_OF: Final = {plain(name): column.key for column in COLUMNS for name in (column.header, column.key, *column.also)}


def key_of(header: str) -> str | None:
    """The column that a header names, whatever its case, accents, spaces and stars; None for one we do not know."""
    return _KEY_OF.get(plain(header))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each known column stands (from 0), and the letters of those that were not recognised."""

    places: dict[str, int]
    ignored: tuple[str, ...]
    width: int


def looks_like_header(cells: Sequence[object]) -> bool:
    """Whether this row holds column names."""
    return recognised(cells) >= RECOGNISED_LEAST


def recognised(cells: Sequence[object]) -> int:
    """How many of our columns this row names."""
    return len({key_of(cell) for cell in cells if isinstance(cell, str)} - {None})


def header_among(rows: Iterable[Sequence[object]]) -> Sequence[object]:
    """The first row that holds column names. Raises Unreadable, which names what is missing where some stand."""
    nearest: Sequence[object] = ()
    for cells in rows:
        if looks_like_header(cells):
            return cells
        nearest = max(nearest, cells, key=recognised)
    if recognised(nearest) >= HINTED_LEAST:
        layout_of(nearest)  # refuses: so few names are never all that a file needs
    raise Unreadable("no-header")


def layout_of(cells: Sequence[object]) -> Layout:
    """What stands where. Raises Unreadable when a needed column is missing or a known one stands there twice."""
    named = [cell.strip() if isinstance(cell, str) else "" for cell in cells]
    keys = [key_of(name) if name else None for name in named]
    twice = sorted({key for key in keys if key is not None and keys.count(key) > 1})
    if twice:
        raise Unreadable("columns-twice", ", ".join(BY_KEY[key].header for key in twice))
    missing = [" / ".join(BY_KEY[key].header for key in any_of) for any_of in _NEEDED if not set(any_of) & set(keys)]
    if missing:
        raise Unreadable("columns-missing", ", ".join(missing))
    ignored = tuple(_letters(place) for place, name in enumerate(named) if name and keys[place] is None)
    width = max((place for place, name in enumerate(named) if name), default=0) + 1
    return Layout({key: place for place, key in enumerate(keys) if key is not None}, ignored, width)


def _letters(place: int) -> str:
    """A column as a spreadsheet calls it: 0 → A, 26 → AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
