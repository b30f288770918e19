"""Asking whether there is room: whatever the other side does, there is an answer in time, or that nobody knows."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from infra.local.ports import free_port
from services.intake.room import AT_ONCE, Asked, RoomDesk

DEVENTER = Asked("GM0150", "A1", features=("childcare",))
ROW = {"libraryName": "Bibliotheek Deventer", "availability": "waitlist", "startsAt": None, "expectedWeeks": 3,
       "reasons": []}  # fmt: skip


class Other:
    """The other side: answers as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, list[str]], str | None]] = []
        self.status, self.body = 200, json.dumps({"items": [ROW]})
        self.go_on = threading.Event()
        self.go_on.set()
        other = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                other.asked.append((url.path, parse_qs(url.query), self.headers["Authorization"]))
                other.go_on.wait(20)
                self.send_response(other.status)
                self.send_header("Content-Length", str(len(other.body)))
                self.end_headers()
                self.wfile.write(other.body.encode())

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/activities"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def other() -> Iterator[Other]:
    one = Other()
    yield one
    one.go_on.set()
    one.server.shutdown()
    one.server.server_close()


def test_each_kind_is_asked_once_as_who_is_signed_in(other: Other) -> None:
    found = RoomDesk(other.url, 5.0).look(
        {"Authorization": "Session x"}, DEVENTER, ["language-cafe", "digital-skills", "language-cafe"]
    )
    assert found is not None
    assert [(one.library, one.availability, one.weeks) for one in found["language-cafe"]] == [
        ("Bibliotheek Deventer", "waitlist", 3)
    ]
    assert sorted(query["kind"] for _, query, _ in other.asked) == [["digital-skills"], ["language-cafe"]]
    path, query, who = other.asked[0]
    assert (path, who) == ("/activities/v1/availability", "Session x")
    assert query | {"kind": []} == {
        "kind": [], "municipality": ["GM0150"], "spokenLevel": ["A1"], "literacy": ["unknown"],
        "features": ["childcare"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, "{}"), (503, "{}"), (200, "<html>"), (200, "[]"), (200, '{"items": [{}]}'), (200, '{"items": null}')],
)
def test_an_answer_that_is_none_is_that_nobody_knows(other: Other, status: int, body: str) -> None:
    other.status, other.body = status, body
    assert RoomDesk(other.url, 5.0).look({}, DEVENTER, ["language-cafe"]) is None


def test_nobody_there_and_nobody_named(other: Other) -> None:
    assert RoomDesk(f"http://127.0.0.1:{free_port()}/activities", 5.0).look({}, DEVENTER, ["language-cafe"]) is None
    assert RoomDesk(None, 5.0).look({}, DEVENTER, ["language-cafe"]) is None


def test_who_does_not_answer_is_not_waited_for(other: Other) -> None:
    other.go_on.clear()
    began = time.monotonic()
    assert RoomDesk(other.url, 0.3).look({}, DEVENTER, ["language-cafe", "digital-skills", "thuis-taal"]) is None
    assert time.monotonic() - began < 5
    assert len(other.asked) == 1


def test_more_people_than_may_ask_at_once_are_told_at_once(other: Other) -> None:
    other.go_on.clear()
    desk = RoomDesk(other.url, 20.0)
    answers: list[Any] = []
    waiting = [
        threading.Thread(target=lambda: answers.append(desk.look({}, DEVENTER, ["language-cafe"])))
        for _ in range(AT_ONCE)
    ]
    for one in waiting:
        one.start()
    until = time.monotonic() + 20
    while len(other.asked) < AT_ONCE:
        assert time.monotonic() < until
        threading.Event().wait(0.01)
    assert desk.look({}, DEVENTER, ["language-cafe"]) is None
    other.go_on.set()
    for one in waiting:
        one.join()
    assert [bool(answer) for answer in answers] == [True] * AT_ONCE
    assert desk.look({}, DEVENTER, ["language-cafe"]) is not None
