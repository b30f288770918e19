"""A name is looked up at each connection: in containers what is only started again may have another address."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

TEN_MINUTES = 600
"""For so long Docker's name server lets an address be remembered."""
ASK_TWICE = """
import sys
from chassis import shims
shims.patch()
import socket
from eventlet.support import greendns
greendns.resolver._resolver.nameservers = ["127.0.0.1"]
greendns.resolver._resolver.port = int(sys.argv[1])
for _ in range(2):
    print(socket.getaddrinfo("rabbitmq.test", 5672, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])
"""


class NameServer(threading.Thread):
    """Gives each question about an address another answer (RFC 1035)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def run(self) -> None:
        given = 0
        while True:
            asked, whom = self._socket.recvfrom(512)
            if not asked:
                return
            end = asked.index(b"\0", 12) + 5
            question, (kind,) = asked[12:end], struct.unpack("!H", asked[end - 4 : end - 2])
            answers = b""
            if kind == 1:
                given += 1
                answers = struct.pack("!HHHIH4B", 0xC00C, 1, 1, TEN_MINUTES, 4, 127, 0, 0, given)
            header = struct.pack("!2sHHHHH", asked[:2], 0x8580, 1, bool(answers), 0, 0)
            self._socket.sendto(header + question + answers, whom)

    def end(self) -> None:
        self._socket.sendto(b"", ("127.0.0.1", self.port))
        self.join()
        self._socket.close()


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    server = NameServer()
    server.start()
    yield server
    server.end()


def test_a_name_that_leads_elsewhere_by_now_is_followed_there(name_server: NameServer) -> None:
    said = subprocess.run(
        [sys.executable, "-c", ASK_TWICE, str(name_server.port)], capture_output=True, text=True, check=True, timeout=60
    )
    first, second = said.stdout.split()
    assert first != second
