"""The look that a container takes at itself."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from infra.local.ports import HOST, free_port

SCRIPT = Path(__file__).parents[3] / "infra" / "containers" / "healthy.py"


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/well" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer((HOST, 0), _Answering)
    threading.Thread(target=server.serve_forever, args=(0.05,)).start()
    yield f"{HOST}:{server.server_port}"
    server.shutdown()
    server.server_close()


def _exit_code(where: str) -> int:
    """As compose runs it: without any library."""
    return subprocess.run([sys.executable, "-I", "-S", SCRIPT, where], check=False).returncode


def test_says_by_its_exit_code_whether_the_process_is_well(address: str) -> None:
    assert _exit_code(f"{address}/well") == 0
    assert _exit_code(f"{address}/ill") == 1


def test_nobody_there_is_not_well() -> None:
    assert _exit_code(f"{HOST}:{free_port()}/well") == 1
