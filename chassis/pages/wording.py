"""Words in the language of who looks: gettext catalogues, compiled when a process starts, so without a build step.

What is in English in templates and code is the key, `locale/nl.po` has the Dutch, and a test holds the two together.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

HERE: Final = Path(__file__).parent / "locale"
ZONE: Final = ZoneInfo("Europe/Amsterdam")


def marked(text: str) -> str:
    """This very text; says that it is shown to people, so that the catalogues must have it."""
    return text


@cache
def translations(language: str, *folders: Path) -> NullTranslations:
    """What the catalogues in these folders say together; a folder without one in this language says it in English."""
    found = NullTranslations()
    for folder in folders:
        source = folder / f"{language}.po"
        if source.exists():
            with source.open("rb") as text:
                compiled = BytesIO()
                write_mo(compiled, read_po(text, locale=language))
            compiled.seek(0)
            mine = Translations(compiled)
            mine.add_fallback(found)
            found = mine
    return found


def day(value: date | datetime | None, language: str) -> str:
    """26 november 2026, in Amsterdam."""
    if value is None:
        return "–"
    local = value.astimezone(ZONE).date() if isinstance(value, datetime) else value
    return format_date(local, "d MMMM y", locale=language)


def moment(value: datetime | None, language: str) -> str:
    """26 november 2026, 14:05, in Amsterdam."""
    if value is None:
        return "–"
    return format_datetime(value.astimezone(ZONE), "d MMMM y, HH:mm", locale=language)


def days_since(value: datetime, now: datetime | None = None) -> int:
    """Whole days between two moments, as the calendar in Amsterdam counts them."""
    today = (now or datetime.now(UTC)).astimezone(ZONE).date()
    return (today - value.astimezone(ZONE).date()).days
