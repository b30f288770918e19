"""How the command speaks to services: with a token that lasts, and with sentences for what is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ops.api import Answered, Api, Lasting, NotAllowed
from ops.trouble import Unreachable

GOOD = "token-2"


class _Service(BaseHTTPRequestHandler):
    """Answers as a service would: knows one token, has one list of two pages."""

    def do_GET(self) -> None:
        if self.headers["Authorization"] != f"Bearer {GOOD}":
            self._answer(401, {"title": "Unauthorized", "detail": "This token is not trusted here."})
        elif self.path.endswith("/gone"):
            errors = [{"field": "after", "message": "Not a cursor."}]
            self._answer(400, {"title": "Bad", "detail": "Look again.", "errors": errors})
        elif self.path.endswith("/ill"):
            self._answer(503, {"title": "Away"})
        elif self.path == "/intake/v1/things?kind=a%26b&after=x":
            self._answer(200, {"items": [{"n": 3}], "next": None})
        else:
            # By the address that the world knows it at, which may be none that it can be reached at from here.
            following = "https://meedoen.invalid/intake/v1/things?kind=a%26b&after=x"
            self._answer(200, {"items": [{"n": 1}, {"n": 2}], "next": following})

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/intake"
        server.shutdown()
        thread.join()


def test_all_pages_of_a_list_are_asked_where_the_first_one_was(url: str) -> None:
    assert [one["n"] for one in Api(url, lambda: GOOD).pages("/things")] == [1, 2, 3]


def test_a_token_is_asked_for_once(url: str) -> None:
    asked: list[str] = []
    api = Api(url, lambda: asked.append(GOOD) or GOOD)
    for _ in range(3):
        api.get("/things")
    assert len(asked) == 1


def test_a_refused_token_is_replaced_once(url: str) -> None:
    """As when its issuer began again with other keys."""
    tokens = iter(["token-1", GOOD, "token-3"])
    shared = Lasting(lambda: next(tokens))
    assert shared() == "token-1"
    assert Api(url, shared).get("/things")["items"]
    assert shared() == GOOD


def test_a_token_that_is_refused_again_is_reported(url: str) -> None:
    with pytest.raises(NotAllowed, match="answered 401: This token is not trusted here"):
        Api(url, lambda: "token-1").get("/things")


def test_what_is_refused_is_told_with_the_fields(url: str) -> None:
    with pytest.raises(Answered, match=r"answered 400: Look again\. \(after: Not a cursor\.\)") as refused:
        Api(url, lambda: GOOD).get("/gone")
    assert refused.value.status == 400


def test_a_service_that_is_ill_or_away_is_unreachable(url: str) -> None:
    with pytest.raises(Unreachable, match="answered 503: Away"):
        Api(url, lambda: GOOD).get("/ill")
    with pytest.raises(Unreachable, match="does not answer"):
        Api("http://127.0.0.1:9/intake", lambda: GOOD).get("/things")
