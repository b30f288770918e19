"""The municipalities of the region: CBS code ↔ name, found as people write them.

`data/municipalities.csv` holds them (columns `code` and `name`); another region replaces that one file.
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

_DISAMBIGUATOR: Final = re.compile(r"\s*\(?\b(o|ov|overijssel)\b\.?\)?$")
"""Dutch towns that share a name add their province: "Hengelo (O)", "Hengelo Ov."."""


@cache
def names() -> dict[str, str]:
    """All municipalities: code (`GM0153`) → official name, in order of name."""
    text = files("contracts").joinpath("data/municipalities.csv").read_text(encoding="utf-8")
    found = {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def name_of(code: str) -> str | None:
    """The official name of a code; None where it is not one of this region."""
    return names().get(code)


def code_of(text: str) -> str | None:
    """The code of what someone wrote: a name or a code, whatever its case, accents, spaces and hyphens.

    "gemeente " before a name and the province behind it are ignored. It never guesses: a misspelt name gives None.
    """
    code = re.sub(r"\s", "", text).upper()
    if code in names():
        return code
    return _codes_by_key().get(_key(text))


def nearest(text: str) -> str | None:
    """The name that a misspelt one most resembles, for "did you mean …?"; None where nothing comes near."""
    keys = difflib.get_close_matches(_key(text), _codes_by_key(), n=1, cutoff=0.75)
    return names()[_codes_by_key()[keys[0]]] if keys else None


@cache
def _codes_by_key() -> dict[str, str]:
    return {_key(name): code for code, name in names().items()}


def _key(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"^\s*(gemeente|gem\.)\s+", "", plain)
    return re.sub(r"[^a-z]", "", _DISAMBIGUATOR.sub("", plain.strip()))
