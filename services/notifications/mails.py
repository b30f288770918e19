"""Makes mails and the sentences of notices from templates: plain text, the same as simple HTML, nothing personal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape

from contracts.working_days import AMSTERDAM
from services.notifications.words import WORDS

TEMPLATES: Final = Path(__file__).parent / "templates"
LANGUAGES: Final = ("nl", "en")
_MOST_HEADERS: Final = 2000

Row = Mapping[str, Any]

# The parser of the standard library fails on odd addresses in ways of its own; this takes what a mailbox looks like.
_MAILBOX: Final = re.compile(r"(?P<user>[^\s@<>()\[\],;:\\\"]+)@(?P<domain>[^\s@<>()\[\],;:\\\"]+)")


class _Headers(HeaderRegistry):
    """Makes headers for mails, and gives one that it made before again: most are the same in every mail, and parsing
    them costs more than all else about it. So are the classes that the registry makes anew at each look otherwise.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[tuple[str, str], Any] = {}
        self._classes: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._classes:
            self._classes[name] = super().__getitem__(name)
        return self._classes[name]

    def __call__(self, name: str, value: Any) -> Any:
        key = (name, repr(value))
        if key not in self._made:
            if len(self._made) >= _MOST_HEADERS:
                self._made.clear()
            self._made[key] = super().__call__(name, value)
        return self._made[key]


class _Policy(EmailPolicy):
    """Folds a header into lines once, as long as that is remembered."""

    def fold_binary(self, name: str, value: str) -> bytes:
        key = (name, value, self.linesep, self.max_line_length, self.utf8)
        if key not in _folded:
            if len(_folded) >= _MOST_HEADERS:
                _folded.clear()
            _folded[key] = super().fold_binary(name, value)
        return _folded[key]


_folded: dict[tuple[Any, ...], bytes] = {}
_POLICY: Final = _Policy(linesep="\r\n", header_factory=_Headers())


class UnusableAddress(ValueError):
    """No mail can be addressed to this mailbox."""


class MailMaker:
    """`sender` is in the mails' From; `link` is the page with the work, where it is known."""

    def __init__(self, sender: Address, link: str | None) -> None:
        self._sender = sender
        self._link = link

    def make(self, mail: Row) -> EmailMessage:
        """The mail as its library reads it. The same row gives the same Message-ID, however often it is made.

        Raises UnusableAddress.
        """
        said = letter(mail["template"], mail["language"], mail["partner_name"], mail["facts"], self._link)
        message = EmailMessage(policy=_POLICY)
        message["From"] = self._sender
        message["To"] = recipient(mail["library_name"], mail["mailbox"])
        message["Subject"] = said["subject"]
        message["Date"] = format_datetime(mail["made_at"])
        message["Message-ID"] = f"<{mail['mail_id']}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = mail["language"]
        message.set_content(said["text"], cte="quoted-printable")
        message.add_alternative(said["html"], subtype="html", cte="quoted-printable")
        return message


def recipient(name: str, mailbox: str) -> Address:
    """A library's mailbox as mail servers take it: its domain in ASCII. Raises UnusableAddress."""
    found = _MAILBOX.fullmatch(mailbox)
    if found is None:
        raise UnusableAddress
    try:
        domain = found["domain"].encode("idna").decode()
    except UnicodeError as problem:
        raise UnusableAddress from problem
    return Address(display_name=one_line(name), username=found["user"], domain=domain)


def letter(template: str, language: str, partner: str | None, facts: Row, link: str | None) -> dict[str, str]:
    """`subject`, `text` and `html` of one template in one language."""
    context = _context(language, partner, facts)
    source = _environment().get_template(f"{language}/{template}.txt.j2")
    blocks = {name: _render(source, name, context) for name in ("subject", "body", "action")}
    subject = one_line(blocks["subject"])
    frame = {
        "subject": subject,
        "paragraphs": paragraphs(blocks["body"]),
        "action": one_line(blocks["action"]),
        "link": link,
    }
    layouts = {form: _environment().get_template(f"{language}/layout.{form}.j2") for form in ("txt", "html")}
    return {
        "subject": subject,
        "text": layouts["txt"].render(frame) + "\n",
        "html": layouts["html"].render(frame) + "\n",
    }


def sentence(code: str, language: str, partner: str | None, facts: Row) -> str:
    """What a notice says, in one sentence or two."""
    source = _environment().get_template(f"{language}/notices.txt.j2")
    return one_line(_render(source, code.replace("-", "_"), _context(language, partner, facts)))


def one_line(text: str) -> str:
    """Text without line ends or control characters, fit for a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def paragraphs(body: str) -> list[dict[str, Any]]:
    """`{"text"}` for each paragraph, `{"points"}` for one whose lines all begin with a dash."""
    found: list[dict[str, Any]] = []
    for block in body.strip().split("\n\n"):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if lines and all(line.startswith("- ") for line in lines):
            found.append({"points": [line[2:] for line in lines]})
        elif lines:
            found.append({"text": " ".join(lines)})
    return found


def _context(language: str, partner: str | None, facts: Row) -> dict[str, Any]:
    return {**facts, "partner": one_line(partner) if partner else None, "language": language}


@pass_context
def _day(context: Mapping[str, Any], text: str) -> str:
    """`dinsdag 1 december`: of a date, or of a moment as it is in Amsterdam."""
    day = datetime.fromisoformat(text).astimezone(AMSTERDAM).date() if "T" in text else date.fromisoformat(text)
    return format_date(day, "EEEE d MMMM", locale=context["language"])


@pass_context
def _word(context: Mapping[str, Any], code: str) -> str:
    return WORDS[context["language"]][code]


@pass_context
def _words(context: Mapping[str, Any], codes: Sequence[str]) -> str:
    return ", ".join(WORDS[context["language"]][code] for code in dict.fromkeys(codes))


def _sentence(text: str) -> str:
    """Words as a sentence begins."""
    return text[:1].upper() + text[1:]


def _render(template: Any, block: str, context: dict[str, Any]) -> str:
    return "".join(template.blocks[block](template.new_context(context)))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": _day, "word": _word, "words": _words, "sentence": _sentence}
    return environment
