"""A visit as the handler of a page sees it, and what a handler may give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from chassis.http.call import Call
from chassis.http.problem import FieldError
from chassis.pages.cookies import SESSION
from chassis.pages.forms import Form, Typed, initial
from chassis.pages.session import Session
from chassis.pages.visit import Visit, Visits


@dataclass(frozen=True, slots=True)
class Again:
    """A form that is shown once more with what was typed: because something was wrong, or because it was kept.

    `was_kept` says why it was: `lapsed` or `changed` (:mod:`chassis.pages.kept`).
    """

    form: str
    typed: Typed
    errors: list[FieldError] = field(default_factory=list)
    was_kept: str = ""


@dataclass(slots=True)
class PageCall(Call):
    """One visit: `session` is who is signed in (None on public pages), `language` theirs."""

    visit: Visit = field(kw_only=True)
    visits: Visits = field(kw_only=True)
    sent_cookies: Mapping[str, str] = field(default_factory=dict)
    session: Session | None = None
    language: str = "nl"
    again: Again | None = None
    cookies: list[str] = field(default_factory=list)
    """Values of Set-Cookie that go with the answer."""

    def form(self, name: str, action: str, /, *, version: str | None = None, **values: Any) -> Form:
        """The form whose handler has this name, sent to a path of this service; begins with these values.

        What was typed goes before them. `version` is the ETag of what it changes, sent along as If-Match.
        """
        action = f"{self.base_url}{action}"
        if self.again is not None and self.again.form == name:
            return Form(name, action, self.again.typed, self.again.errors, version)
        return Form(name, action, initial(values), [], version)

    def as_myself(self) -> dict[str, str]:
        """Headers with which this service asks another one in the name of who is signed in. Never for a browser."""
        value = self.sent_cookies.get(self.visits.cookies.named(SESSION), "")
        return {"Authorization": f"Session {value}"}

    def first(self) -> str:
        """The address of this list with its filters, from the beginning."""
        kept = {name: values for name, values in self.arguments.items() if name != "after"}
        return f"{self.base_url}{quote(self.path)}" + (f"?{urlencode(kept, doseq=True)}" if kept else "")


@dataclass(frozen=True, slots=True)
class SeeOther:
    """Done: go on to a path of this service (or, with `elsewhere`, to a whole address that was checked).

    `told` is a sentence (marked) that the next page shows once; `values` fill it in and may name no person.
    """

    path: str
    told: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """Another template, status or header than the page's own."""

    template: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
