"""What a browser brings along, read once per request: session, language, and what was said on the way here."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from werkzeug.wrappers import Request

from chassis.http.problem import Forbidden
from chassis.pages import session as sessions
from chassis.pages.cookies import FLASH, LANGUAGE, SESSION, YEAR, Cookies
from chassis.pages.forms import CSRF, Typed
from chassis.pages.seals import Seals
from chassis.pages.session import Session
from chassis.pages.settings import PageSettings
from contracts.pages import LANGUAGES

_FLASH_SECONDS: Final = 60
_KEPT_BY_BROWSER: Final = 24 * 3600
"""Longer than a session lasts: who comes back too late is still known well enough to keep a typed form for."""


@dataclass(slots=True)
class Visit:
    """One request of a browser. `lapsed` is a session of ours that no longer counts; `cookies` go with the answer."""

    language: str
    session: Session | None = None
    lapsed: Session | None = None
    told: dict[str, Any] | None = None
    cookies: list[str] = field(default_factory=list)

    def no_longer_counts(self) -> None:
        """The session was ended elsewhere."""
        self.session, self.lapsed = None, self.session


@dataclass(frozen=True, slots=True)
class Maker:
    """Who had a form made: in which session, and which person that was."""

    session_id: str
    owner: str

    def is_session(self, session: Session | None) -> bool:
        """Whether it is this very session."""
        return session is not None and session.id == self.session_id


class Visits:
    """Reads visits, and makes what the next one finds."""

    def __init__(self, settings: PageSettings) -> None:
        self.settings = settings
        self.seals = Seals(settings.keys)
        self.cookies = Cookies(settings)

    def of(self, request: Request) -> Visit:
        """The visit of a request, read once."""
        visit: Visit | None = request.environ.get("meedoen.visit")
        if visit is None:
            visit = request.environ["meedoen.visit"] = self._read(request)
        return visit

    def _read(self, request: Request) -> Visit:
        language = self.cookies.read(request, LANGUAGE)
        visit = Visit(language if language in LANGUAGES else LANGUAGES[0])
        visit.told = self.seals.open("told", self.cookies.read(request, FLASH))
        found = sessions.opened(self.seals, self.cookies.read(request, SESSION))
        if found is not None and found.is_over(self.settings, time.time()):
            visit.lapsed = found
        else:
            visit.session = found
        return visit

    def keep(self, session: Session) -> str:
        """The cookie of a session."""
        return self.cookies.write(SESSION, sessions.sealed(self.seals, session), _KEPT_BY_BROWSER)

    def end(self) -> str:
        """No cookie of a session any more."""
        return self.cookies.clear(SESSION)

    def tell(self, text: str, values: dict[str, str]) -> str:
        """The cookie with what the next page says once."""
        return self.cookies.write(FLASH, self.seals.seal("told", {"text": text, "values": values}), _FLASH_SECONDS)

    def forget_told(self) -> str:
        """It was said."""
        return self.cookies.clear(FLASH)

    def speak(self, language: str) -> str:
        """The cookie with the language that somebody chose."""
        return self.cookies.write(LANGUAGE, language, YEAR)

    def csrf(self, session: Session) -> str:
        """A token for the forms of one session: another text each time, so that compression gives nothing away."""
        return self.seals.seal("csrf", {"id": session.id, "owner": session.owner, "at": time.time()})

    def maker(self, typed: Typed) -> Maker | None:
        """For whom a form was made; None for one that no page of ours made, or longer ago than anybody is known."""
        facts, now = self.seals.open("csrf", typed.get(CSRF, [""])[0]), time.time()
        # A release before this one said the session alone.
        if facts is None or now - facts.get("at", now) > _KEPT_BY_BROWSER:
            return None
        return Maker(facts["id"], facts.get("owner", ""))

    def refuse_other_origins(self, request: Request) -> None:
        """Raises Forbidden for what a page of another site sends, as far as the browser says so."""
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        if site not in {None, "same-origin", "none"}:
            raise _elsewhere()
        if origin is not None and _host(origin) != _host(self.settings.origin):
            raise _elsewhere()


def _host(origin: str) -> str | None:
    """Host and port; None for what is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _elsewhere() -> Forbidden:
    return Forbidden("This was sent by a page of another site.", code="other-origin")
