"""`meedoen staff` on a running intake: see who may sign in, give rights, take out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from ops.main import main
from tests.support.intake_process import Intake
from tests.support.openid_provider import OpenIdProvider
from tests.support.visitor import Visitor

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(
    intake: Intake, provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """`run("list")`: the exit code, and the JSON or what was complained of."""
    monkeypatch.setenv("MEEDOEN_URL", intake.url.removesuffix("/intake"))
    monkeypatch.setenv("MEEDOEN_TOKEN", provider.access_token(sub="beheer", roles=["operations"]))

    def one(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main(["staff", *words, "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out) if code == 0 else said.err

    return one


def test_somebody_new_is_let_in_changed_and_taken_out(
    intake: Intake, run: Run, visitor: Visitor, provider: OpenIdProvider
) -> None:
    email, library = f"{uuid.uuid4().hex[:8]}@example.org", intake.library("GM0160")
    code, said = run("assign", email, "--role", "coordinator", "--library", library)
    assert (code, "--provider" in said) == (2, True)
    code, member = run("assign", email, "--role", "coordinator", "--library", library, "--provider", "test")
    assert (code, member["roles"], member["libraryIds"]) == (0, ["coordinator"], [library])
    provider.who = {"sub": uuid.uuid4().hex, "name": "Iemand", "email": email}
    assert 'account__role">coördinator<' in visitor.sign_in().text
    # By address or by id, in the place of the rights before.
    partner = intake.partner()
    changed = run("assign", email.upper(), "-r", "case-worker", "--partner", partner.id, "-m", "Deventer")[1]
    assert changed["staffId"] == member["staffId"]
    assert (changed["partnerId"], changed["municipalities"], changed["libraryIds"]) == (partner.id, ["GM0150"], [])
    assert run("take-out", member["staffId"])[1]["status"] == "taken-out"
    assert visitor.get("/intake/referrals").headers["Location"].startswith("/intake/sign-in")
    assert visitor.sign_in().status_code == 403
    assert email in [one["email"] for one in run("list", "--taken-out")[1]]
    assert run("assign", email, "-r", "report-reader")[1]["status"] == "active"
    assert email in [one["email"] for one in run("list", "--role", "report-reader")[1]]


def test_what_is_wrong_is_a_sentence(run: Run) -> None:
    assert "There is no role" in run("assign", "a@example.org", "-r", "boss")[1]
    assert "not known here" in run("take-out", "nobody@example.org")[1]
    assert "There is no library" in run("assign", "a@example.org", "-r", "coordinator", "--library", "Nergens")[1]
    assert "There is no role" in run("list", "--role", "boss")[1]
