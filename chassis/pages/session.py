"""Who is signed in, in one sealed cookie that all services on the origin read (ADR 0022)."""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from chassis.http.problem import Problem
from chassis.identity import Caller
from chassis.pages.seals import Seals
from chassis.pages.settings import PageSettings
from contracts.access import counted, scopes_of

CONFIRM_SECONDS: Final = 300.0
"""So long a service that cannot ask whether a session still counts takes the word of the one that can."""
_STEP_SECONDS: Final = 60.0
"""A session that is used gets a new idle time so often, not at every request."""
_LARGEST: Final = 3800
"""Browsers keep 4096 bytes of a cookie, name and attributes too."""
_PURPOSE: Final = "session"


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one person. Times are seconds since 1970; `seen_at` moves with use, `signed_in_at` never."""

    id: str
    issuer: str
    subject: str
    name: str
    roles: frozenset[str]
    libraries: frozenset[str]
    municipalities: frozenset[str]
    organisation: str | None
    signed_in_at: float
    confirmed_at: float
    seen_at: float

    @property
    def caller(self) -> Caller:
        """The same caller that a bearer token of this person gives, so that one set of rules serves both."""
        roles = counted(self.roles, self.organisation)
        return Caller(
            id=self.subject, kind="staff", organisation=self.organisation, roles=roles, scopes=scopes_of(roles),
            libraries=self.libraries, municipalities=self.municipalities,
            issued_at=self.signed_in_at, issuer=self.issuer,
        )  # fmt: skip

    @property
    def owner(self) -> str:
        """The person, the same at the next sign-in."""
        return f"{self.issuer}|{self.subject}"

    def is_over(self, settings: PageSettings, now: float) -> bool:
        """Whether it was idle or open for too long."""
        idle = now - self.seen_at > settings.idle_minutes * 60
        return idle or now - self.signed_in_at > settings.hours * 3600

    def used(self, now: float, *, confirmed: bool) -> Session:
        """The same session as it is kept from now on."""
        return replace(self, seen_at=now, confirmed_at=now if confirmed else self.confirmed_at)

    def needs_keeping(self, now: float) -> bool:
        """Whether the browser should get it anew."""
        return now - self.seen_at > _STEP_SECONDS

    def needs_confirming(self, now: float) -> bool:
        """Whether too long ago anyone asked if it still counts."""
        return now - self.confirmed_at > CONFIRM_SECONDS


_FACTS: Final = frozenset(field.name for field in fields(Session))


def begun(*, issuer: str, subject: str, name: str, organisation: str | None, **access: frozenset[str]) -> Session:
    """A new session, with an id that nobody can guess: never one that a browser brought along."""
    now = time.time()
    return Session(
        id=secrets.token_urlsafe(18), issuer=issuer, subject=subject, name=name, organisation=organisation,
        roles=access["roles"], libraries=access["libraries"], municipalities=access["municipalities"],
        signed_in_at=now, confirmed_at=now, seen_at=now,
    )  # fmt: skip


def sealed(seals: Seals, session: Session) -> str:
    """The cookie's value. Raises a Problem, 403, for rights that do not fit in a cookie."""
    facts = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(session).items()}
    value = seals.seal(_PURPOSE, facts)
    if len(value) > _LARGEST:
        raise Problem(403, detail="This account has more libraries or municipalities than a session can hold.")
    return value


def opened(seals: Seals, value: str | None) -> Session | None:
    """The session in a cookie; None when there is none, or when it was not sealed here, or by another release."""
    facts: dict[str, Any] | None = seals.open(_PURPOSE, value)
    if facts is None or facts.keys() != _FACTS:
        return None
    return Session(**facts | {name: frozenset(facts[name]) for name in ("roles", "libraries", "municipalities")})
