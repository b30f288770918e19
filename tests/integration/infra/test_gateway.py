"""The gateway of a local installation: one origin, and nothing on the way that changes what is said."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from infra.local.ports import free_port
from tests.support.local_helper import LocalHelper
from tests.support.service_process import ROOT


class _Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        said = {"path": self.path, "host": self.headers["Host"], "cookie": self.headers.get("Cookie"), "body": body}
        raw = json.dumps(said).encode()
        self.send_response(200)
        for name, value in (("Content-Length", str(len(raw))), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalHelper]:
    behind = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=behind.serve_forever, args=[0.05], daemon=True).start()
    targets = {"intake": f"http://127.0.0.1:{behind.server_port}", "reporting": f"http://127.0.0.1:{free_port()}"}
    helper = LocalHelper("infra.local.gateway", "/", GATEWAY_TARGETS=json.dumps(targets)).start()
    yield helper
    assert helper.stop() == 0
    behind.shutdown()
    behind.server_close()


@pytest.mark.parametrize("path", ["/intake", "/intake/v1/referrals?after=a%2Fb&limit=3", "/intake/%C3%A9?x"])
def test_what_is_asked_comes_through_as_it_was_asked(gateway: LocalHelper, path: str) -> None:
    answer = httpx.post(f"{gateway.url}{path}", content="typed", headers={"Cookie": "s=1"}, trust_env=False)
    assert answer.json() == {"path": path, "host": gateway.address, "cookie": "s=1", "body": "typed"}
    assert answer.headers.get_list("Set-Cookie") == ["a=1", "b=2"]


def test_the_bare_address_leads_to_where_one_signs_in(gateway: LocalHelper) -> None:
    answer = httpx.get(gateway.url, trust_env=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/intake")


def test_what_is_nobodys_is_404_and_a_service_that_is_away_502(gateway: LocalHelper) -> None:
    assert httpx.get(f"{gateway.url}/elsewhere", trust_env=False).status_code == 404
    assert httpx.get(f"{gateway.url}/reporting/v1/funnel", trust_env=False).status_code == 502


def test_a_wrong_setting_ends_it_with_78() -> None:
    ended = subprocess.run([sys.executable, "-m", "infra.local.gateway"], cwd=ROOT, capture_output=True, text=True,
                           check=False, timeout=60)  # fmt: skip
    assert ended.returncode == 78
    assert ended.stderr.startswith("GATEWAY_TARGETS: ")
