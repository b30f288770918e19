"""An installation elsewhere: its addresses, its partners, and whose rights a command has there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.local.ports import HOST
from ops.place import Elsewhere
from ops.target import Target
from ops.tokens import partner_token
from ops.trouble import Refused, Unreachable, Wrong

ORIGIN, PROVIDER = "https://meedoen.example", "https://login.example"


def test_services_are_below_one_origin() -> None:
    target = Target({"MEEDOEN_URL": f"{ORIGIN}/", "MEEDOEN_IDENTITY_PROVIDER": f"{PROVIDER}/"})
    assert target.place.url("intake") == target.url("intake") == f"{ORIGIN}/intake"
    assert target.place.identity_provider == PROVIDER


def test_without_a_token_or_a_provider_nobody_speaks_there() -> None:
    target = Target({"MEEDOEN_URL": ORIGIN})
    with pytest.raises(Refused, match="MEEDOEN_TOKEN"):
        target.operations("intake")
    with pytest.raises(Refused, match="MEEDOEN_TOKEN"):
        _ = target.place


def test_partners_secrets_are_kept_where_it_is_said(tmp_path: Path) -> None:
    keeps = tmp_path / "partners.json"
    Elsewhere(ORIGIN, PROVIDER, keeps).keep_partner("p1", clientId="p1", clientSecret="s1")
    assert Elsewhere(ORIGIN, PROVIDER, keeps).partners == {"p1": {"clientId": "p1", "clientSecret": "s1"}}
    assert keeps.stat().st_mode & 0o777 == 0o600


def test_partners_secrets_are_not_kept_otherwise() -> None:
    place = Elsewhere(ORIGIN, PROVIDER)
    place.keep_partner("p1", clientId="p1", clientSecret="s1")
    assert place.partners == {}
    with pytest.raises(Wrong, match="not kept here"):
        partner_token(place, "p1")


class _Intake(BaseHTTPRequestHandler):
    """Gives no token, with the status that stands in the path's first part."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        content = b'{"title": "No"}'
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def intakes() -> Iterator[str]:
    with ThreadingHTTPServer((HOST, 0), _Intake) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "expected"), [(503, Unreachable), (401, Refused)])
def test_a_service_that_is_away_refuses_nobody(
    status: int, expected: type[Exception], intakes: str, tmp_path: Path
) -> None:
    place = Elsewhere(f"{intakes}/{status}", PROVIDER, tmp_path / "partners.json")
    place.keep_partner("p1", clientId="p1", clientSecret="s1")
    with pytest.raises(expected):
        partner_token(place, "p1")
