"""What a client of an installation must know of it: where its services and its identity provider are, its partners.

`infra.local.installation.Installation` is one in this copy. `Elsewhere` is one that is reached by an address alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from infra.local.state import State


class Place(Protocol):
    """An installation as its clients see it."""

    def url(self, service: str) -> str:
        """Where a service is reached, with its prefix."""

    @property
    def identity_provider(self) -> str:
        """Issuer of the tokens of staff, where one signs in without a password."""

    @property
    def partners(self) -> dict[str, dict[str, str]]:
        """Credentials of partners by partner id: `clientId`, `clientSecret`."""

    def keep_partner(self, partner_id: str, **credentials: str) -> None:
        """Keep what a partner needs to get tokens."""


class Elsewhere:
    """An installation behind one origin. Partners' secrets are kept in the file `keeps`; without one there are none."""

    def __init__(self, origin: str, identity_provider: str, keeps: Path | None = None) -> None:
        self._origin = origin
        self.identity_provider = identity_provider
        self._state = State(keeps) if keeps else None

    def url(self, service: str) -> str:
        return f"{self._origin}/{service}"

    @property
    def partners(self) -> dict[str, dict[str, str]]:
        return dict(self._state.values) if self._state else {}

    def keep_partner(self, partner_id: str, **credentials: str) -> None:
        if self._state:
            self._state.save(**{partner_id: credentials})
