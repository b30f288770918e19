"""A browser as far as a server can tell: keeps cookies, follows what it is told, and sends the forms that it finds."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

HTML = {"Accept": "text/html,application/xhtml+xml"}


class Forms(HTMLParser):
    """The forms of a page: the fields of each, by where it is sent."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._here: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._here = self.found.setdefault(urlsplit(said["action"]).path, {})
        elif tag == "input" and said.get("type") == "hidden":
            self._here[said["name"]] = said["value"]


class Visitor:
    """Somebody in front of pages at `origin`."""

    def __init__(self, origin: str) -> None:
        self.http = httpx.Client(base_url=origin, headers=HTML, timeout=30, trust_env=False)
        self.page: httpx.Response | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def get(self, address: str, **more: Any) -> httpx.Response:
        """One request; it stays there even when it is told to go on."""
        self.page = self.http.get(address, **more)
        return self.page

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """Go on as long as it is told to."""
        while answer.is_redirect:
            answer = self.get(answer.headers["Location"])
        return answer

    def open(self, address: str) -> httpx.Response:
        """The page at the end of all redirections."""
        return self.follow(self.get(address))

    def send(self, action: str, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        """The form of the last page that is sent to this path, with what stands in it and these fields."""
        assert self.page is not None
        forms = Forms(self.page.text).found
        assert action in forms, f"no form for {action} at {self.page.url}: {self.page.status_code}, {_title(self.page)}"
        form = forms[action]
        named = {name.replace("__", "."): value for name, value in fields.items()}
        return self.http.post(action, data=form | named, headers=headers)

    def sign_in(self, following: str = "/intake", provider: str = "test") -> httpx.Response:
        """Through the provider and back, to the page that was asked for."""
        return self.open(f"/intake/sign-in/{provider}?next={following}")

    def use_session(self, value: str) -> None:
        """Go on with another session's cookie."""
        if self.session is not None:
            self.http.cookies.delete("meedoen-session")
        self.http.cookies.set("meedoen-session", value, domain=urlsplit(str(self.http.base_url)).hostname or "")

    @property
    def session(self) -> str | None:
        """The cookie of the session."""
        return self.http.cookies.get("meedoen-session")


def _title(page: httpx.Response) -> str:
    return page.text.partition("<title>")[2].partition("</title>")[0]
