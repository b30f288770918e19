"""15. Clients that keep no rule of HTTP, beside those that do."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from random import Random
from typing import Final

import httpx

from contracts.catalogue import SERVICES
from infra.local.processes import until
from tests.faults.harness.fault import Again, Fault
from tests.faults.harness.load import Load

_ABUSERS: Final = 12
_SLOW: Final = 60
"""Connections that send a byte now and then, all the while; a service holds many more."""
_ACKNOWLEDGED: Final = 200
_PATIENCE_S: Final = 5.0
_FREE_S: Final = 30.0
_HELLO: Final = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


class Abused(Fault):
    """Broken requests reach every service from many connections at once, and the load goes on as if nothing was."""

    number = 15
    name = "abused"
    what = "resets in mid-request, bad chunks, TLS on a plain port, endless headers, slow and silent clients"
    again = Again.NEVER

    def strike(self, load: Load) -> None:
        addresses = [self._address(service) for service in SERVICES]
        over = threading.Event()
        threads = [
            threading.Thread(target=_abuse, args=[addresses, Random(self.chance.random()), over], daemon=True)
            for _ in range(_ABUSERS)
        ]
        for thread in threads:
            thread.start()
        try:
            with _dripping(addresses, over):
                load.goes_on(_ACKNOWLEDGED, 120)
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def wrong(self, load: Load) -> Iterable[str]:
        for one in load.sent:
            if any(answer.startswith("5") for answer in one.answers):
                yield f"{one.reference} was answered {dict(one.answers)}"
        for service in SERVICES:
            if not until(partial(self._is_free, service), _FREE_S, every=0.5):
                yield f"{service} still handles what was broken"

    def _is_free(self, service: str) -> bool:
        """Whether it handles nothing but this question."""
        return (
            "\nmeedoen_http_requests_running 1.0\n"
            in httpx.get(f"http://{self.stage.at.address(service)}/metrics", trust_env=False, timeout=_PATIENCE_S).text
        )

    def _address(self, service: str) -> tuple[str, int]:
        host, _, port = self.stage.at.address(service).rpartition(":")
        return host, int(port)


def _abuse(addresses: list[tuple[str, int]], chance: Random, over: threading.Event) -> None:
    while not over.is_set():
        with contextlib.suppress(OSError), socket.create_connection(chance.choice(addresses), _PATIENCE_S) as line:
            chance.choice(_WAYS)(line, chance)
        over.wait(chance.uniform(0, 0.4))


def _head(chance: Random, *headers: str) -> bytes:
    path = chance.choice(["/intake/v1/referrals", "/activities/v1/activities", "/reporting/v1/totals", "/"])
    lines = [f"{chance.choice(['GET', 'POST', 'PUT'])} {path} HTTP/1.1", "Host: x", "Content-Type: application/json"]
    return "\r\n".join([*lines, *headers, "", ""]).encode()


def _reset(line: socket.socket, chance: Random) -> None:
    line.sendall(_head(chance, "Content-Length: 5000") + b'{"participant":' * chance.randrange(20))
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _reset_in_the_head(line: socket.socket, chance: Random) -> None:
    line.sendall(_head(chance)[: chance.randrange(1, 60)])
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _bad_chunks(line: socket.socket, chance: Random) -> None:
    chunks = chance.choice([b"zz\r\nabc\r\n", b"-5\r\nabc\r\n", b"3\r\nabcdef\r\n", b"FFFFFFFFFFFFFFFF\r\nabc"])
    line.sendall(_head(chance, "Transfer-Encoding: chunked") + chunks)
    line.recv(65536)


def _tls(line: socket.socket, chance: Random) -> None:
    line.sendall(_HELLO + chance.randbytes(200))
    line.recv(65536)


def _garbage(line: socket.socket, chance: Random) -> None:
    line.sendall(chance.randbytes(chance.randrange(1, 3000)) + b"\r\n\r\n")
    line.recv(65536)


def _endless_head(line: socket.socket, chance: Random) -> None:
    line.sendall(_head(chance)[:-2])
    for _ in range(100):
        line.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
    line.recv(65536)


def _two_lengths(line: socket.socket, chance: Random) -> None:
    line.sendall(_head(chance, "Content-Length: 3", "Transfer-Encoding: chunked") + b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    line.recv(65536)


_WAYS: Final[tuple[Callable[[socket.socket, Random], None], ...]] = (
    _reset, _reset_in_the_head, _bad_chunks, _tls, _garbage, _endless_head, _two_lengths,
)  # fmt: skip


@contextlib.contextmanager
def _dripping(addresses: list[tuple[str, int]], over: threading.Event) -> Iterator[None]:
    """Meanwhile slow clients send a byte each second, and silent ones none."""
    with contextlib.ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(addresses[n % len(addresses)], _PATIENCE_S))
            for n in range(_SLOW)
        ]

        def drip() -> None:
            said = b"POST /intake/v1/referrals HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"x" * 10_000
            for byte in said:
                for line in lines[::2]:
                    with contextlib.suppress(OSError):
                        line.send(bytes([byte]))
                if over.wait(1.0):
                    return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
