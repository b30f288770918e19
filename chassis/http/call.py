"""A request as a handler sees it, and the answer that a handler may give when a dictionary does not say enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from chassis.http.paging import USUAL, Cursors
from chassis.http.problem import Problem
from chassis.identity import Caller
from contracts.event import camel


@dataclass(slots=True)
class Call:
    """One request: who calls, and what they sent, already validated.

    `body` and `query` are loaded (snake_case); `raw` holds the bytes of an upload and `content_type` its media type;
    `path` is this request's path below the service's address.
    """

    caller: Caller
    body: Any
    query: dict[str, Any]
    headers: Mapping[str, str]
    method: str
    path: str
    base_url: str
    arguments: dict[str, list[str]]
    cursors: Cursors
    raw: bytes = b""
    content_type: str = ""
    subject: str | None = field(default=None)
    guarded: bool = False
    traceparent: str | None = None
    """Of this request's own step, for who handles several at once."""

    @property
    def limit(self) -> int:
        """How many rows a page has; ask the store for one more."""
        return int(self.query.get("limit", USUAL))

    @property
    def cursor(self) -> tuple[Any, ...] | None:
        """The sort key of the last row of the page before; None for the first page."""
        after = self.query.get("after")
        return self.cursors.read(after) if after else None

    def url(self, path: str, **query: Any) -> str:
        """The absolute address of something of this service, as clients reach it; query keys become camelCase."""
        given = {camel(name): value for name, value in query.items() if value is not None}
        return f"{self.base_url}{quote(path)}" + (f"?{urlencode(given, doseq=True)}" if given else "")

    def link(self, **changed: str) -> str:
        """The address of this same request with some query parameters changed."""
        arguments = self.arguments | {name: [value] for name, value in changed.items()}
        return f"{self.base_url}{quote(self.path)}?{urlencode(arguments, doseq=True)}"

    def expect(self, etag: str, at: str | None = None) -> None:
        """Refuse a change of something that is no longer as the caller saw it (If-Match). Raises a Problem, 412.

        Where the operation is guarded, who does not say what they saw is refused too: a Problem, 428, that tells to
        read it at this path. `*` says nothing of what was seen.
        """
        wanted = self.headers.get("If-Match")
        if wanted is None or wanted.strip() == "*":
            if self.guarded:
                raise Problem(428, detail="Say which version you saw, so that nobody's work is overwritten: send as "
                              f"If-Match the ETag that came with GET {self.url(at or self.path)}.",
                              type="if-match-required")  # fmt: skip
            return
        if f'"{etag}"' not in [tag.strip() for tag in wanted.split(",")]:
            raise Problem(412, detail="It was changed since you read it; read it again.", type="changed-meanwhile")

    def unchanged(self, etag: str) -> bool:
        """Whether the caller already has what carries this tag (If-None-Match): answer 304."""
        seen = self.headers.get("If-None-Match", "")
        return seen.strip() == "*" or f'"{etag}"' in [tag.strip().removeprefix("W/") for tag in seen.split(",")]

    def about(self, subject: str) -> None:
        """Say whom the answer is about, so that a kept answer goes when that person is erased."""
        self.subject = subject


@dataclass(slots=True)
class Answer:
    """A handler's answer with a status, headers or content type of its own. Bytes go out as they are."""

    payload: Any = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = None
    etag: str | None = None


__all__ = ["Answer", "Call"]
