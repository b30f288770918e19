"""The Dutch phrases of a file, and the codes they stand for. English codes are understood too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from contracts import codes
from services.intake.domain.asked import CONSTRAINTS
from services.intake.files.columns import plain

OLDEST_CHILD: Final = 17
MOST_CHILDREN: Final = 20


class Phrases:
    """A list of phrases: the first of each code is the one that messages name."""

    def __init__(self, phrases: Mapping[str, tuple[str, ...]]) -> None:
        self._codes = {plain(phrase): code for code, said in phrases.items() for phrase in (code, *said)}
        self.choices = ", ".join(said[0] for said in phrases.values())

    def code(self, text: str) -> str | None:
        """The code that a phrase stands for, whatever its case, accents, spaces and punctuation."""
        return self._codes.get(plain(text))


GOALS: Final = Phrases(
    {
        "speaking": ("spreken oefenen", "spreken", "nederlands spreken", "taal oefenen", "conversatie"),
        "reading-writing": ("lezen en schrijven", "lezen & schrijven", "lezen", "schrijven"),
        "computer-digid": ("computer en DigiD", "computer & digid", "computer", "digid", "digitale vaardigheden"),
        "reading-with-children": (
            "voorlezen met de kinderen",
            "voorlezen",
            "voorlezen met kinderen",
            "voorleesexpress",
        ),
        "language-at-home": ("taal thuis", "thuistaal"),
        "meeting-people": ("mensen ontmoeten", "ontmoeten", "mensen leren kennen"),
        "library-visit": ("bibliotheek leren kennen", "bibliotheekbezoek", "rondleiding bibliotheek"),
        "study-youth": ("studie en jeugd", "studie & jeugd", "studie", "school"),
        "not-known-yet": ("weet ik nog niet", "weet nog niet", "onbekend", "nog niet bekend"),
    }
)
SPOKEN_LEVELS: Final = Phrases(
    {"unknown": ("onbekend", "weet niet", "niet gemeten"), "A0": ("A0", "geen", "onder A1", "pre-A1", "<A1"),
     "A1": ("A1",), "A2": ("A2",), "B1": ("B1",), "B2": ("B2",), "C1": ("C1", "C2")}
)  # fmt: skip
LITERACY_LEVELS: Final = Phrases(
    {
        "unknown": ("onbekend", "weet niet", "niet gemeten"),
        "none": ("niet", "geen", "analfabeet", "niet gealfabetiseerd", "kan niet lezen en schrijven"),
        "other-script": ("ander schrift", "anders gealfabetiseerd", "andersgealfabetiseerd"),
        "alfa-a": ("alfa A",),
        "alfa-b": ("alfa B",),
        "alfa-c": ("alfa C",),
        "latin": ("Latijns schrift", "latijns", "gealfabetiseerd", "latijns alfabet"),
    }
)
DIGITAL_SKILLS: Final = Phrases(
    {"unknown": ("onbekend", "weet niet"), "none": ("geen",), "basic": ("basis", "beginner", "een beetje"),
     "sufficient": ("voldoende", "goed")}
)  # fmt: skip
LEARNER_TRACKS: Final = Phrases({"unknown": ("onbekend",), "nt1": ("NT1",), "nt2": ("NT2",)})
DUTIES: Final = Phrases(
    {"unknown": ("onbekend", "weet niet"), "yes": ("ja", "inburgeringsplichtig", "j"), "no": ("nee", "n", "geen"),
     "completed": ("voltooid", "afgerond", "behaald", "klaar"), "exempt": ("vrijgesteld", "ontheven", "vrijstelling")}
)  # fmt: skip
TARGET_GROUPS: Final = Phrases(
    {
        "unknown": ("onbekend", "weet niet"),
        "status-holder": ("statushouder", "vergunninghouder", "statushouders"),
        "asylum-seeker": ("asielzoeker", "asielzoekers"),
        "displaced-ukrainian": ("ontheemde Oekraïne", "oekraine", "ontheemde", "oekrainer", "ontheemde uit oekraine"),
        "family-migrant": ("gezinsmigrant", "gezinshereniger", "gezinshereniging"),
        "other": ("anders", "overig"),
    }
)
LEGAL_BASES: Final = Phrases(
    {"consent": ("toestemming", "akkoord"), "public-task": ("publieke taak", "wettelijke taak", "algemeen belang"),
     "agreement": ("overeenkomst", "contract"), "other": ("anders", "overig")}
)  # fmt: skip
YES_NO: Final = Phrases({"yes": ("ja", "j", "y", "waar", "true", "1", "x"), "no": ("nee", "n", "onwaar", "false", "0")})
FEATURES: Final = Phrases(
    {
        "women-only": ("alleen vrouwen", "vrouwengroep", "alleen voor vrouwen"),
        "childcare": ("kinderopvang", "opvang", "kinderopvang nodig"),
        "step-free": ("rolstoeltoegankelijk", "drempelvrij", "zonder trap", "gelijkvloers"),
        "evening-only": ("alleen 's avonds", "alleen avond", "alleen de avond", "alleen in de avond"),
    }
)
CHANNELS: Final = Phrases(
    {"in-person": ("langskomen", "persoonlijk", "gesprek"), "call": ("bellen", "telefoon", "telefonisch"),
     "message-app": ("app", "appen", "whatsapp", "bericht"), "e-mail": ("e-mail", "mail", "mailen"),
     "letter": ("brief", "post")}
)  # fmt: skip
RELATIONS: Final = Phrases(
    {"parent": ("ouder", "moeder", "vader"), "guardian": ("voogd", "verzorger"),
     "spouse": ("partner", "echtgenoot", "echtgenote"), "relative": ("familie", "broer", "zus", "familielid"),
     "friend": ("vriend", "vriendin", "buur"), "supporter": ("begeleider", "vrijwilliger", "maatje"),
     "other": ("anders", "overig")}
)  # fmt: skip
MEASURED: Final = Phrases(
    {"test": ("toets", "test"), "talk": ("gesprek",), "estimate": ("schatting", "geschat"),
     "own-words": ("eigen zeggen", "zelf gezegd"), "diploma": ("diploma", "certificaat")}
)  # fmt: skip
TRAVEL_BY: Final = Phrases(
    {"on-foot": ("lopend", "te voet", "lopen"), "bicycle": ("fiets", "fietsen"),
     "public-transport": ("openbaar vervoer", "ov", "bus", "trein"), "car": ("auto",)}
)  # fmt: skip
CIVIC_ROUTES: Final = Phrases(
    {"pip": ("PIP", "plan inburgering"), "b1-route": ("B1-route", "B1"),
     "education-route": ("onderwijsroute", "onderwijs"),
     "z-route": ("Z-route", "Z", "zelfredzaamheidsroute"), "pvt": ("PVT", "participatieverklaring"),
     "map": ("MAP", "module arbeidsmarkt en participatie")}
)  # fmt: skip
PURPOSES: Final = Phrases(
    {"guidance-to-activities": ("begeleiding naar activiteiten", "begeleiding", "activiteiten"),
     "civic-integration": ("inburgering",), "education-support": ("ondersteuning bij onderwijs", "onderwijs")}
)  # fmt: skip
HOW_INFORMED: Final = Phrases(
    {"oral": ("mondeling",), "written": ("schriftelijk",), "in-person": ("in gesprek", "gesprek"),
     "call": ("aan de telefoon", "telefonisch", "bellen"), "letter": ("per brief", "brief"),
     "e-mail": ("per e-mail", "e-mail", "mail"), "message-app": ("per app", "app"), "website": ("op de website",)}
)  # fmt: skip
CONSENT_BY: Final = Phrases(
    {"participant": ("deelnemer", "zelf"), "guardian": ("ouder of voogd", "ouder", "voogd")}
)  # fmt: skip
CONSENT_HOW: Final = Phrases({"oral": ("mondeling",), "written": ("schriftelijk",)})
_DAYS: Final = MappingProxyType(
    {"ma": "mon", "di": "tue", "wo": "wed", "do": "thu", "vr": "fri", "za": "sat", "zo": "sun",
     "maandag": "mon", "dinsdag": "tue", "woensdag": "wed", "donderdag": "thu", "vrijdag": "fri", "zaterdag": "sat",
     "zondag": "sun", **{day: day for day in codes.WEEKDAYS}}
)  # fmt: skip
_PARTS: Final = MappingProxyType(
    {"ochtend": "morning", "morgen": "morning", "ochtends": "morning", "middag": "afternoon", "avond": "evening",
     "ochtenden": "morning", "middagen": "afternoon", "avonden": "evening",
     **{part: part for part in codes.DAYPARTS}}
)  # fmt: skip
_GROUPS: Final = MappingProxyType(
    {"werkdagen": codes.WEEKDAYS[:5], "doordeweeks": codes.WEEKDAYS[:5], "weekend": codes.WEEKDAYS[5:],
     "elkedag": codes.WEEKDAYS}
)  # fmt: skip
_ALWAYS: Final = frozenset({"altijd", "flexibel", "maaktnietuit", "onbekend", "alles", "anytime"})
AVAILABILITY_EXAMPLES: Final = "ma-ochtend, di-middag, wo-avond, werkdagen, weekend, altijd"


def availability(text: str) -> list[str] | None:
    """Weekdays and parts of the day as codes in order of the week, from "ma-ochtend; di avond"; None when unclear.

    A day alone is the whole day, a part alone every day; "altijd" is what nothing is: any time.
    """
    slots: set[str] = set()
    for piece in re.split(r"[,;/\n|+]|\ben\b", text.casefold()):
        if not (words := re.findall(r"[a-z]+", piece.replace("'s", " "))):
            continue
        if "".join(words) in _ALWAYS:
            return []
        days, parts = _named(words)
        if days is None:
            return None
        slots |= {f"{day}-{part}" for day in days or codes.WEEKDAYS for part in parts or codes.DAYPARTS}
    return [slot for slot in codes.AVAILABILITY_SLOTS if slot in slots]


def _named(words: list[str]) -> tuple[list[str] | None, list[str]]:
    days: list[str] = []
    parts: list[str] = []
    for word in words:
        day, part = _split(word)
        if day is None and part is None and word not in _GROUPS:
            return None, []
        days += [*([day] if day else []), *_GROUPS.get(word, ())]
        parts += [part] if part else []
    return days, parts


def _split(word: str) -> tuple[str | None, str | None]:
    """`maandagochtend` → Monday, morning."""
    for length in range(len(word), 1, -1):
        if word[:length] in _DAYS and (length == len(word) or word[length:] in _PARTS):
            return _DAYS[word[:length]], _PARTS.get(word[length:])
    return None, _PARTS.get(word)


def features(text: str) -> list[str] | None:
    """What an activity must have, as codes; None when a phrase is not known."""
    pieces = [piece for piece in re.split(r"[,;\n|+]|\ben\b", text) if piece.strip()]
    found = [FEATURES.code(piece) for piece in pieces if plain(piece) not in ("geen", "nee", "")]
    if None in found:
        return None
    return [code for code in CONSTRAINTS if code in found]


def several(text: str, known: Phrases, order: tuple[str, ...]) -> list[str] | None:
    """The codes of phrases with a comma, semicolon or plus between them, in this order; None for an unknown one."""
    found = [known.code(piece) for piece in re.split(r"[,;\n|+/]", text) if piece.strip()]
    return None if None in found else [code for code in order if code in found]


def ages(text: str) -> list[int] | None:
    """Children's ages in whole years from "3, 7 en 12 jaar"; a child below one is 0. None when unclear."""
    pieces = re.split(r"[,;\n|+/]|\ben\b", re.sub(r"\bjaar\b|\bjr\b\.?", "", text.casefold()))
    found = [piece.strip() for piece in pieces if piece.strip()]
    if len(found) > MOST_CHILDREN or not all(re.fullmatch(r"\d{1,2}", piece) for piece in found):
        return None
    years = [int(piece) for piece in found]
    return None if any(year > OLDEST_CHILD for year in years) else years


def whole(text: str, least: int, most: int) -> int | None:
    """A whole number within bounds, perhaps with its unit behind it ("30 minuten"); None otherwise."""
    found = re.fullmatch(r"(\d{1,4})(?:\.0)?\s*(?:min|minuten|minuut)?\.?", text.casefold())
    return int(found[1]) if found and least <= int(found[1]) <= most else None
