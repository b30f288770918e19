"""Which installation a command speaks to, and with whose rights.

The local installation (`var/` of this copy, or the directory that MEEDOEN_VAR names), unless MEEDOEN_URL names another:
then MEEDOEN_TOKEN is the token to speak with, or MEEDOEN_IDENTITY_PROVIDER the demo's identity provider there, which
asks for no password; and MEEDOEN_AMQP_URI its broker where a command needs one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from contracts.catalogue import SERVICES
from infra.local.installation import ROOT, Installation
from ops.api import Api, Lasting
from ops.place import Elsewhere, Place
from ops.supervisor.book import Book
from ops.tokens import staff_token
from ops.trouble import Refused, Unreachable, Wrong


def known_service(service: str) -> str:
    """The service, when there is one of that name. Raises Wrong."""
    if service not in SERVICES:
        raise Wrong(f"There is no service “{service}”; the services are {', '.join(SERVICES)}.")
    return service


class Target:
    """An installation: where its services are, and tokens for them."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        self.elsewhere = given.get("MEEDOEN_URL", "").rstrip("/") or None
        self._token = given.get("MEEDOEN_TOKEN") or None
        self._identity_provider = given.get("MEEDOEN_IDENTITY_PROVIDER", "").rstrip("/") or None
        self._amqp_uri = given.get("MEEDOEN_AMQP_URI") or None
        self._tokens: dict[str, Callable[[], str]] = {}
        self.var = Path(given.get("MEEDOEN_VAR") or ROOT / "var")

    @cached_property
    def installation(self) -> Installation:
        """The local installation. Raises Wrong when the command was pointed elsewhere."""
        if self.elsewhere:
            raise Wrong("This works for a local installation only; unset MEEDOEN_URL to mean the one in this copy.")
        return Installation(self.var)

    @property
    def place(self) -> Place:
        """The installation as its clients see it. Raises Refused where nobody can sign in without a password."""
        if not self.elsewhere:
            return self.installation
        if not self._identity_provider:
            raise Refused("Put a token with the rights for this in MEEDOEN_TOKEN.")
        return Elsewhere(self.elsewhere, self._identity_provider)

    @property
    def book(self) -> Book:
        return Book(self.var)

    def url(self, service: str) -> str:
        """Where a service is, with its prefix. Raises Unreachable when nothing runs locally, Wrong for no service."""
        known_service(service)
        if self.elsewhere:
            return f"{self.elsewhere}/{service}"
        if self.book.running() is None:
            raise Unreachable(
                "Nothing runs here. Start it with `make up`, or name another installation in MEEDOEN_URL."
            )
        return self.installation.url(service)

    def operations(self, service: str, url: str | None = None) -> Api:
        """A service, or the process of it at this `url`, with the rights of operations."""
        return Api(url or self.url(service), self._token_for("operations"))

    def _token_for(self, role: str) -> Callable[[], str]:
        if self._token:
            return lambda: self._token or ""
        if role not in self._tokens:
            place = self.place
            self._tokens[role] = Lasting(lambda: staff_token(place, role=role))
        return self._tokens[role]

    @property
    def knows_broker(self) -> bool:
        """Whether there is a broker to ask, here or because it is named."""
        return self.elsewhere is None or self._amqp_uri is not None

    @property
    def amqp_uri(self) -> str:
        """The broker. Raises Wrong when it is not known."""
        if self._amqp_uri:
            return self._amqp_uri
        if self.elsewhere:
            raise Wrong("Name the broker of that installation in MEEDOEN_AMQP_URI.")
        if self.book.running() is None:
            raise Unreachable("Nothing runs here. Start it with `make up`.")
        return self.installation.amqp_uri
