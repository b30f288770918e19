"""The load generator sends each request once, when it is due, and says truly what came back."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from bench.load import Job, Load, Sent, written

_REQUESTS = [written("here", "/referrals", [("X-Number", str(number))], b"{}") for number in range(20)]


@contextmanager
def _server(seen: list[int], wait: float = 0.0) -> Iterator[int]:
    """A small server on the loopback address that notes the numbers it is sent; its port."""

    class Answer(StreamRequestHandler):
        def handle(self) -> None:
            while head := self._head():
                seen.append(int(head["x-number"]))
                self.rfile.read(int(head["content-length"]))
                time.sleep(wait)
                self.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")

        def _head(self) -> dict[str, str]:
            lines = iter(lambda: self.rfile.readline().decode().strip(), "")
            return dict(line.lower().split(": ", 1) for line in lines if ": " in line)

    with ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(20)


def _sent(port: int, clients: int, rate: float | None, seconds: float = 60.0) -> list[Sent]:
    return asyncio.run(Load(Job("127.0.0.1", port, _REQUESTS, clients, rate, seconds)).carry_out())


@pytest.mark.parametrize("rate", [None, 200.0])
def test_each_request_is_sent_once_and_accounted_for(rate: float | None) -> None:
    seen: list[int] = []
    with _server(seen) as port:
        sent = _sent(port, 4, rate)
    assert sorted(seen) == list(range(20))
    assert [(one.status, one.body) for one in sent] == [(201, "ok")] * 20
    assert all(one.done >= one.due for one in sent)


def test_at_a_rate_requests_are_due_at_their_moments_however_slow_the_answers_are() -> None:
    """Rule: no coordinated omission. Fails when a request is due only once an earlier one was answered."""
    with _server([], wait=0.2) as port:
        sent = _sent(port, 1, 100.0)
    assert {round(later.due - earlier.due, 3) for earlier, later in pairwise(sent)} == {0.01}


def test_it_ends_by_itself() -> None:
    with _server([], wait=0.5) as port, pytest.raises(TimeoutError):
        _sent(port, 1, None, seconds=0.3)
