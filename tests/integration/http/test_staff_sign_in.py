"""Staff sign in at the local identity provider, and services accept what it signs by the same code as any token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest

from infra.local.ports import free_port
from ops.oidc import SignInFailed, staff_token
from tests.integration.http.conftest import settings
from tests.support.issuer import Issuer
from tests.support.local_helper import LocalHelper
from tests.support.service_process import ROOT, ServiceProcess

USERS = [
    {
        "sub": "coordinator-1",
        "name": "Sanne",
        "roles": ["coordinator"],
        "libraries": ["L1"],
        "municipalities": ["GM0150"],
    },
    {"sub": "reader-1", "roles": ["report-reader"], "libraries": [], "municipalities": []},
]


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHelper]:
    users = tmp_path_factory.mktemp("identity") / "users.json"
    users.write_text(json.dumps(USERS), encoding="utf-8")
    provider = LocalHelper(
        "infra.local.identity_provider", "/.well-known/openid-configuration", IDENTITY_USERS=str(users)
    )
    provider.start()
    yield provider
    assert provider.stop() == 0


@pytest.fixture(scope="module")
def trusting(probe_database: str, issuer: Issuer, provider: LocalHelper) -> Iterator[ServiceProcess]:
    """The probe service, trusting the provider alone."""
    trusted = {"issuer": provider.url, "jwksUri": f"{provider.url}/jwks", "audience": "meedoen",
               "algorithms": ["RS256"], "kind": "staff"}  # fmt: skip
    process = ServiceProcess("tests.support.probe", settings(probe_database, issuer))
    yield process.start(TRUSTED_ISSUERS=json.dumps([trusted]))
    process.kill()


def me(process: ServiceProcess, token: str) -> httpx.Response:
    return process.get("/probe/v1/me", {"Authorization": f"Bearer {token}"})


def test_a_signed_in_coordinator_is_known(trusting: ServiceProcess, provider: LocalHelper) -> None:
    token = staff_token(provider.url, "coordinator-1")
    said = me(trusting, token).json()
    assert said["kind"] == "staff"
    assert said["roles"] == ["coordinator"]
    assert said["libraries"] == ["L1"]
    assert "name" not in jwt.decode(token, options={"verify_signature": False})


def test_who_may_not_is_403_and_who_is_unknown_has_no_role(trusting: ServiceProcess, provider: LocalHelper) -> None:
    assert me(trusting, staff_token(provider.url, "reader-1")).status_code == 403
    assert me(trusting, staff_token(provider.url, "stranger")).status_code == 403


def test_after_a_restart_of_the_provider_its_new_key_is_accepted(
    trusting: ServiceProcess, provider: LocalHelper
) -> None:
    """Its tokens name no key, so only the wrong signature can tell that there is a new one."""
    before = staff_token(provider.url, "coordinator-1")
    assert me(trusting, before).status_code == 200
    assert provider.stop() == 0
    provider.start()
    trusting.wait_until(
        lambda: me(trusting, staff_token(provider.url, "coordinator-1")).status_code == 200, "acceptance", seconds=5
    )
    assert me(trusting, before).status_code == 401


def test_a_client_of_another_name_gets_no_token_for_us(trusting: ServiceProcess, provider: LocalHelper) -> None:
    token = staff_token(provider.url, "coordinator-1", client=("another", "secret"))
    assert me(trusting, token).status_code == 401


def test_the_debugger_that_the_provider_comes_with_is_off(provider: LocalHelper) -> None:
    assert httpx.get(f"{provider.url}/console", trust_env=False).status_code == 404


def test_without_a_provider_it_says_so() -> None:
    with pytest.raises(SignInFailed, match="does not answer"):
        staff_token(f"http://127.0.0.1:{free_port()}", "coordinator-1")


def test_users_that_cannot_be_read_end_it_with_78(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text('[{"name": "nobody"}]', encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "infra.local.identity_provider"], cwd=ROOT, capture_output=True, text=True, check=False,
        env=os.environ | {"IDENTITY_USERS": str(tmp_path / "users.json")}, timeout=30,
    )  # fmt: skip
    assert ended.returncode == 78
    assert ended.stderr.startswith("IDENTITY_USERS: ")
