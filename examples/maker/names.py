"""Names for people who do not exist.

Given names are everyday ones from everywhere, mixed without regard to where they come from; family names are coined
from syllables for these files. The two are combined by chance, so that no name says anything of an origin and none is
meant to be anybody's. Phone numbers come from 06-0000 0000 to 06-0000 9999, which Dutch networks do not issue (mobile
numbers begin with 061 to 065 and 068); addresses end in example.org, which is reserved for examples.
"""

from __future__ import annotations

import unicodedata

from examples.maker.draw import Draw

GIVEN_WOMEN = (
    "Amira", "Selam", "Olena", "Zoë", "Fatima", "Hêlîn", "Noëlle", "Mina", "Rahel", "Iryna", "Leyla", "Aïcha", "Sana",
    "Mirjam", "Hanan", "Renée", "Nadia", "Eden", "Dilara", "Šárka", "Yara", "Salomé", "Mariam", "Tigist", "Daria",
    "Inès", "Rojîn", "Halima", "Oksana", "Lucía", "Shirin", "Elif", "Maëlle", "Kamala", "Naïma", "Vera",
)  # fmt: skip
GIVEN_MEN = (
    "Yonas", "Karim", "Andrij", "Daniël", "Omar", "Filmon", "Serhij", "José", "Bilal", "Raphaël", "Tesfay", "Hasan",
    "Miloš", "Idris", "Ali", "André", "Samir", "Mehmet", "Petro", "Joël", "Farid", "Žarko", "Abel", "Ismaïl",
    "Hamza", "Robel", "Maksym", "Élio", "Navid", "Jamal", "Rubén", "Sami", "Noë", "Bahram", "Emre", "Tomáš",
)  # fmt: skip
_HEADS = (
    "Zan",
    "Bel",
    "Tor",
    "Mek",
    "Sal",
    "Ador",
    "Kir",
    "Vel",
    "Nas",
    "Lum",
    "Ged",
    "Rav",
    "Ost",
    "Har",
    "Daš",
    "Pel",
)
_MIDDLES = ("a", "e", "i", "o", "é", "ë", "ar", "en", "ul", "ij")
_TAILS = (
    "dali",
    "miran",
    "sova",
    "tekin",
    "beri",
    "ghal",
    "lund",
    "wari",
    "šek",
    "zani",
    "ndo",
    "rané",
    "vitsj",
    "moud",
)

CASE_WORKERS = (
    "Mirte Dalvoort", "Joris Velhuizen", "Samira Ostkamp", "Wessel Brinkmeer", "Anouk Terlaken", "Ruben Hagelbos",
    "Lotte Wierdsma-Pol", "Karel Zandering", "Naomi Esvelder", "Gijs Boddenkamp",
)  # fmt: skip


def given_name(draw: Draw, *, woman: bool) -> str:
    return draw.pick(GIVEN_WOMEN if woman else GIVEN_MEN)


def family_name(draw: Draw) -> str:
    name = draw.pick(_HEADS) + draw.pick(_MIDDLES) + draw.pick(_TAILS)
    return f"al-{name}" if draw.chance(0.06) else name


def email(given: str, family: str) -> str:
    return f"{_ascii(given)}.{_ascii(family)}@example.org"


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.lower().replace(" ", "-"))
    return "".join(letter for letter in plain if letter.isascii())


class Phones:
    """Hands out each number of the unissued range once."""

    def __init__(self, first: int) -> None:
        self._next = first

    def number(self) -> str:
        """Eight digits behind 06, for example `00001234`."""
        self._next += 1
        return f"{self._next:08d}"
