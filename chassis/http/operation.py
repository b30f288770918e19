"""What an endpoint declares of itself. Routing, reading, answering and the API description all work from this."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from marshmallow import Schema

from chassis.http.headers import JSON
from contracts.access import SCOPES
from contracts.event import camel

FORM: Final = "application/x-www-form-urlencoded"
PARAMETER: Final = re.compile(r"<(?:(?P<kind>[a-z]+)(?:\([^)]*\))?:)?(?P<name>[a-z_0-9]+)>")
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


class BadDeclaration(Exception):
    """An endpoint is declared in a way that cannot work."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. `path` is written for the router: `/referrals/<uuid:referral_id>`.

    `scope` None means public. `consumes` are the media types of the body: JSON where `body` is given, unless said
    otherwise; without `body` the bytes go to the handler as they are, `max_bytes` of them at most. `below` is where
    the path hangs: "api" (`/<service>/v1`), "service" (`/<service>`, and the bare path for probes), or "pages"
    (`/<service>` alone); only the first is part of the described API. `known` says when what would be created is there
    already, which is answered with 200 instead of `status`. What is `prompt` costs next to nothing and is answered
    though as many requests are handled as may be: others wait for it. With `group` the handler takes `calls`, all that
    came while others were being handled, and gives an answer or a Problem for each (:mod:`chassis.http.grouped`).
    `guarded` changes nothing for who does not say which version they saw (If-Match): :meth:`Call.expect` raises 428.
    """

    method: str
    path: str
    scope: str | None
    body: type[Schema] | None = None
    query: type[Schema] | None = None
    returns: type[Schema] | None = None
    status: int = 200
    idempotent: bool = False
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    errors: tuple[int, ...] = ()
    consumes: frozenset[str] = frozenset()
    produces: str = JSON
    max_bytes: int | None = None
    below: str = "api"
    open_to_origins: bool = False
    known: str = ""
    prompt: bool = False
    group: bool = False
    guarded: bool = False
    openapi: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.method not in _METHODS:
            raise BadDeclaration(f"{self.method} {self.path}: not a method that an API uses")
        home = self.below == "pages" and self.path == "/"
        if not self.path.startswith("/") or (self.path.endswith("/") and not home):
            raise BadDeclaration(f"{self.path}: must begin with a slash and not end with one")
        if self.group and PARAMETER.search(self.path):
            raise BadDeclaration(f"{self.path}: what is handled in groups is about nothing that has a path yet")
        if self.scope is not None and self.scope not in SCOPES:
            raise BadDeclaration(f"{self.method} {self.path}: contracts.access has no scope {self.scope}")
        if self.idempotent and (self.method not in {"POST", "PATCH"} or self.scope is None):
            raise BadDeclaration(f"{self.method} {self.path}: an Idempotency-Key belongs to a known caller's POST")

    @property
    def media_types(self) -> frozenset[str]:
        """What its body may be sent as; nothing where it has none."""
        return self.consumes or (frozenset({JSON}) if self.body else frozenset())

    @property
    def template(self) -> str:
        """The path as the API description writes it: `/referrals/{referralId}`."""
        return PARAMETER.sub(lambda found: "{" + camel(found["name"]) + "}", self.path)

    @property
    def route(self) -> str:
        """What logs, metrics and traces call it; a page is told from the API's resource of the same path."""
        return f"page:{self.template}" if self.below == "pages" else self.template

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Name (snake_case) and kind (`uuid`, `string`, `int`) of each path parameter."""
        return [(found["name"], found["kind"] or "string") for found in PARAMETER.finditer(self.path)]

    def mounts(self, service: str) -> list[str]:
        """The full paths that the router answers at."""
        if self.below == "api":
            return [f"/{service}/v1{self.path}"]
        if self.below == "pages":
            return [f"/{service}{self.path}".rstrip("/")]
        return [f"/{service}{self.path}", self.path]
