"""A visit as the handler of a page sees it, and what a handler may give back."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from chassis.http.call import Call
from chassis.http.problem import FieldError
from chassis.identity import Caller
from chassis.pages.forms import KEPT, ONCE, Form, Typed, initial
from chassis.pages.session import Session, sealed
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
    is_spent: bool = False
    """Its key has been used: sent again it is another one."""
    kept_id: str = ""
    """Where it is kept, when it is."""


@dataclass(slots=True)
class PageCall(Call):
    """One visit: `session` is who is signed in (None on public pages), `language` theirs, `typed` the form sent."""

    visit: Visit = field(kw_only=True)
    visits: Visits = field(kw_only=True)
    count: Callable[[Caller], None] = field(kw_only=True)
    """Somebody who comes by this page counts as one who sends a form. Raises a Problem, 429."""
    sent_cookies: Mapping[str, str] = field(default_factory=dict)
    typed: Typed = field(default_factory=dict)
    session: Session | None = None
    language: str = "nl"
    again: Again | None = None
    shows_again: bool = False
    """Whether the page has that form: it may be gone, when what it was for has been done."""
    cookies: list[str] = field(default_factory=list)
    """Values of Set-Cookie that go with the answer."""

    def form(self, name: str, action: str, /, *, version: str | None = None, once: bool = False, **values: Any) -> Form:
        """The form whose handler has this name, sent to a path of this service; begins with these values.

        What was typed goes before them. `version` is the ETag of what it changes, sent along as If-Match; `once` where
        the handler says so too.
        """
        action = f"{self.base_url}{action}"
        if self.again is not None and self.again.form == name:
            self.shows_again = True
            return Form(name, action, self.again.typed, self.again.errors, version, self._key() if once else None)
        return Form(name, action, initial(values), [], version, secrets.token_urlsafe(18) if once else None)

    def _key(self) -> str:
        """The key of the form that is shown again: the same one, until something was done under it."""
        typed = self.again.typed.get(ONCE) if self.again and not self.again.is_spent else None
        return typed[0] if typed else secrets.token_urlsafe(18)

    def as_myself(self) -> dict[str, str]:
        """Headers with which this service asks another one in the name of who is signed in. Never for a browser."""
        value = sealed(self.visits.seals, self.session) if self.session else ""
        return {"Authorization": f"Session {value}"}

    def here(self) -> str:
        """The address of this very page, with its filters and with the form that was kept."""
        kept = {KEPT: self.again.kept_id} if self.again and self.again.kept_id else {}
        return self._address({**self.arguments, **kept})

    def first(self) -> str:
        """The address of this list with its filters, from the beginning."""
        return self._address({name: values for name, values in self.arguments.items() if name != "after"})

    def _address(self, query: Mapping[str, Any]) -> str:
        path = quote(self.path) if self.path != "/" else ""
        return f"{self.base_url}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")


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
