"""Speaks to a service over HTTP, and turns what it refuses into a sentence for the command's user."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from ops.trouble import Refused, Trouble, Unreachable

_TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
_PAGE: Final = 200
_TOKEN_SECONDS: Final = 300.0


class Lasting:
    """Gives the same token for five of the ten minutes that it lives, then asks for another. Can be shared."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._ask = token
        self._held = ""
        self._until = 0.0

    def __call__(self) -> str:
        if self._until < time.monotonic():
            self._held, self._until = self._ask(), time.monotonic() + _TOKEN_SECONDS
        return self._held

    def forget(self) -> None:
        """It was refused: its issuer may have other keys by now."""
        self._until = 0.0


class Api:
    """One service at `url` (with its prefix), as the caller whose token `token` gives."""

    def __init__(self, url: str, token: Callable[[], str] | None = None) -> None:
        self.url = url
        self._token = token if isinstance(token, Lasting) or token is None else Lasting(token)
        loopback = url.startswith("http://127.0.0.1:")  # never by way of a proxy
        self._http = httpx.Client(base_url=f"{url}/v1", timeout=_TIMEOUT, trust_env=not loopback)
        weakref.finalize(self, self._http.close)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at a path. Raises Unreachable, Refused or Trouble."""
        return self.ask("GET", path, params=query).json()

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON that answers this body. Raises Unreachable, Refused or Trouble."""
        return self.ask("POST", path, **({"json": body} if body is not None else {}), **more).json()

    def patch(self, path: str, body: Any) -> Any:
        """The JSON that answers this change. Raises Unreachable, Refused or Trouble."""
        return self.ask("PATCH", path, json=body).json()

    def delete(self, path: str) -> Any:
        """The JSON that answers a deletion. Raises Unreachable, Refused or Trouble."""
        return self.ask("DELETE", path).json()

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """All items of a list, page after page.

        Of the link to the next page the query alone is used: it names the address that the world knows, which may not
        be reachable from here (from inside, say), and no other host should get our token.
        """
        page = self.get(path, limit=_PAGE, **query)
        while True:
            yield from page["items"]
            if page["next"] is None:
                return
            page = self.ask("GET", f"{path}?{urlsplit(page['next']).query}").json()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request with our token; an answer that is good news. Raises Unreachable, Refused or Trouble.

        A token that is refused is replaced, once: it may be older than its issuer's keys.
        """
        answer = self._sent(method, path, **more)
        if answer.status_code == httpx.codes.UNAUTHORIZED and self._token:
            self._token.forget()
            answer = self._sent(method, path, **more)
        if answer.is_success:
            return answer
        raise _trouble(answer, self.url)

    def _sent(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        ours = {"Authorization": f"Bearer {self._token()}"} if self._token else {}
        try:
            return self._http.request(method, path, headers={**(headers or {}), **ours}, **more)
        except httpx.TransportError as problem:
            raise Unreachable(f"{self.url} does not answer ({type(problem).__name__}: {problem}).") from problem


def change(api: Api, path: str, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Put what `changed` makes of what is there in its place, unless somebody else was before us. Raises Trouble."""
    seen = api.ask("GET", path)
    headers = {"If-Match": seen.headers["ETag"]}
    after: dict[str, Any] = api.ask("PUT", path, json=changed(seen.json()), headers=headers).json()
    return after


class Answered(Trouble):
    """The service refused what was asked. `status` is its answer's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class NotAllowed(Refused):
    """The token does not give the right to this."""


def _trouble(answer: httpx.Response, url: str) -> Trouble:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    said = problem.get("detail") or problem.get("title") or problem.get("error_description") or answer.reason_phrase
    wrong = "; ".join(f"{error.get('field')}: {error.get('message')}" for error in problem.get("errors", []))
    sentence = f"{url} answered {answer.status_code}: {said}{f' ({wrong})' if wrong else ''}"
    if answer.status_code in (401, 403):
        return NotAllowed(sentence)
    if answer.status_code >= 500:
        return Unreachable(sentence)
    return Answered(sentence, answer.status_code)
