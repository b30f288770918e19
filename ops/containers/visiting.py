"""Somebody with a browser before the gateway: signs in at the demo's identity provider, looks round, signs out.

Follows the links and forms that stand on the pages, as a browser without JavaScript does.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

import httpx

from infra.demo.model import StaffUser
from ops.trouble import Trouble, Unreachable

_HTML: Final = {"Accept": "text/html,application/xhtml+xml"}
_SIGN_IN: Final = "/intake/sign-in"
_SIGN_OUT: Final = "/intake/sign-out"


class Refused(Trouble):
    """A page is not what somebody who signs in should see; the message says which."""


class Reader(HTMLParser):
    """What of a page leads on: `links`, and `forms`, each by where it leads, a form with what stands in it hidden."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        elif tag == "form":
            self._form = self.forms.setdefault(said.get("action", ""), {})
        elif tag == "input" and said.get("type") == "hidden":
            self._form[said["name"]] = said["value"]


class Visitor:
    """One member of the demo's staff before the pages at `origin`."""

    def __init__(self, origin: str, who: StaffUser) -> None:
        self._who = who
        self._http = httpx.Client(
            base_url=origin, headers=_HTML, follow_redirects=True, trust_env=False, timeout=30
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def sign_in(self) -> None:
        """From the bare address, by the provider's form, to the first page. Raises Refused or Unreachable."""
        choice = self._page("GET", "/")
        self._expect(choice, _SIGN_IN)
        doors = [link for link in Reader(choice.text).links if link.startswith(f"{_SIGN_IN}/")]
        if not doors:
            raise Refused("The page for signing in names no identity provider.")
        provider = self._page("GET", doors[0])
        if "" not in Reader(provider.text).forms:
            raise Refused(f"The identity provider asked nothing: {provider.status_code} at {_where(provider)}.")
        self._expect(self._page("POST", str(provider.url), {"sub": self._who.username}), "/intake", self._who.name)

    def look_round(self) -> None:
        """Still signed in; and the page of referrals opens. Raises Refused or Unreachable."""
        self._expect(self._page("GET", "/intake/referrals"), "/intake/referrals", self._who.name)

    def sign_out(self) -> None:
        """By the form on the page; afterwards the first page asks to sign in. Raises Refused or Unreachable."""
        forms = Reader(self._page("GET", "/intake").text).forms
        if _SIGN_OUT not in forms:
            raise Refused("No page offers to sign out.")
        self._page("POST", _SIGN_OUT, forms[_SIGN_OUT])
        self._expect(self._page("GET", "/intake"), _SIGN_IN)

    def _page(self, method: str, address: str, form: dict[str, str] | None = None) -> httpx.Response:
        try:
            answer = self._http.request(method, urljoin(str(self._http.base_url), address), data=form)
        except httpx.TransportError as problem:
            raise Unreachable(f"{address} does not answer ({type(problem).__name__}).") from problem
        if answer.status_code in (429, 503, 504):
            raise Unreachable(f"{_where(answer)} answered {answer.status_code}.")
        return answer

    def _expect(self, page: httpx.Response, path: str, name: str = "") -> None:
        if page.status_code != httpx.codes.OK or urlsplit(str(page.url)).path != path or name not in page.text:
            named = f", without the name of {self._who.username}" if name not in page.text else ""
            raise Refused(f"Instead of {path} came {_where(page)} with {page.status_code}{named}.")


def _where(page: httpx.Response) -> str:
    """Without its query, which holds codes."""
    return urlsplit(str(page.url))._replace(query="").geturl()
