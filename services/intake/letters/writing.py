"""One letter: the facts of a referral in the texts of a language, as HTML that prints well and loads nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from services.intake.letters.texts import Texts

_HERE: Final = Path(__file__).parent
STYLE: Final = Markup((_HERE / "letter.css").read_text(encoding="utf-8"))  # noqa: S704 (a file of ours)
POLICY: Final = (
    "default-src 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
"""Content-Security-Policy of the letter: its own style and nothing else."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a letter says of a referral. It names the case worker and nobody else: whoever finds it learns no name."""

    number: str
    referred_on: date
    partner: str
    goals: tuple[str, ...]
    purpose: str
    legal_basis: str | None = None
    legal_basis_text: str | None = None
    library: str | None = None
    mailbox: str | None = None
    case_worker: Mapping[str, Any] | None = None
    told_in: str | None = None
    """The language in which the person was told, as somebody wrote it: chooses a letter, and stands in none."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with paragraphs, perhaps a list, and what stands below that."""

    heading: str
    paragraphs: Sequence[str]
    points: Sequence[str] = ()
    last: str = ""


def letter(language: str, texts: Texts, facts: Facts) -> str:
    """The letter as HTML, a page by itself."""
    return _template().render(style=STYLE, **composed(language, texts, facts))


def body(language: str, texts: Texts, facts: Facts) -> Markup:
    """The same without a page around it."""
    return Markup(_template("letter-body.html.j2").render(**composed(language, texts, facts)))  # noqa: S704 (escaped)


def composed(language: str, texts: Texts, facts: Facts) -> dict[str, Any]:
    """What stands in the letter: its title, greeting, number and sections; in which language and direction."""
    words = _words(language, texts, facts)

    def said(text: str) -> str:
        return text.format_map(words)

    by_library = "with_library" if facts.library else "without_library"
    sections = [
        Section(texts[part]["heading"], [said(text) for text in texts[part][form]])
        for part, form in (
            ("what", by_library), ("who", by_library), ("which", "text"), ("why", "text"), ("how_long", "text"),
        )
    ]  # fmt: skip
    rights = texts["rights"]
    sections += [
        Section(rights["heading"], [said(rights["intro"])], rights["list"], said(rights["complaint"])),
        Section(texts["questions"]["heading"], [said(text) for text in _questions(texts, facts)]),
    ]
    around = {name: said(texts[name]) for name in ("title", "greeting", "number", "number_help")}
    return {"language": language, "direction": texts["direction"], "sections": sections, **around}


def _words(language: str, texts: Texts, facts: Facts) -> dict[str, str]:
    names = {"partner": facts.partner, "library": facts.library or "", "basis_text": facts.legal_basis_text or "–"}
    basis = texts["legal_bases"][facts.legal_basis or "none"]
    reach = _reach(texts, facts)
    return names | {
        "number": facts.number,
        "date": _day(language, texts["date_format"], facts.referred_on),
        "goals": ", ".join(texts["goals"][goal] for goal in facts.goals),
        "purpose": texts["purposes"][facts.purpose],
        "basis": basis.format_map(names),
        "mailbox": facts.mailbox or "",
        "case_worker": str((facts.case_worker or {}).get("name") or ""),
        "reach": reach,
    }


def _reach(texts: Texts, facts: Facts) -> str:
    known = facts.case_worker or {}
    return " ".join(texts["questions"][way].format_map(known) for way in ("phone", "email") if known.get(way))


def _questions(texts: Texts, facts: Facts) -> list[str]:
    asked = texts["questions"]
    at_library = [asked["library"]] if facts.library else []
    if (facts.case_worker or {}).get("name"):
        return [*at_library, asked["case_worker" if at_library else "case_worker_alone"]]
    return [*at_library, asked["partner"]]


def _day(language: str, form: str, day: date) -> str:
    try:
        return format_date(day, form, locale=Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return day.isoformat()


@cache
def _template(name: str = "letter.html.j2") -> Template:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template(name)
