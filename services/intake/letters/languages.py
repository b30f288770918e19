"""Which letter somebody can read, from the language as a case worker wrote it: "Engels", "english", "en"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from babel import Locale, UnknownLocaleError

_WRITTEN_IN: Final = ("nl", "en")
"""In these languages people here write the names of languages."""


def letter_in(said: str | None, known: Iterable[str]) -> str | None:
    """The code, of those known, of the language that somebody wrote; None when it is none of them."""
    wanted = (said or "").strip().casefold()
    return next((code for code in known if wanted and wanted in _names(code)), None)


def _names(code: str) -> set[str]:
    try:
        locale = Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return {code.casefold()}
    names = [locale.get_language_name(other) for other in (*_WRITTEN_IN, code)]
    return {code.casefold(), *(name.casefold() for name in names if name)}
