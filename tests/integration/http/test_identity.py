"""Who may call, and what they may do."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import psycopg2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.issuer import Issuer
from tests.support.service_process import ServiceProcess


def me(process: ServiceProcess, token: str) -> httpx.Response:
    return process.get("/probe/v1/me", {"Authorization": f"Bearer {token}".encode()})


def from_now(seconds: int) -> Callable[[], int]:
    """A time in a token, reckoned when the test runs: its parameters are made long before that."""
    return lambda: int(time.time()) + seconds


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 401, answer.text
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="meedoen"')
    assert answer.headers["Content-Type"] == "application/problem+json"
    return str(answer.json()["detail"])


def test_a_partner_is_known_by_its_token(running: ServiceProcess, issuer: Issuer) -> None:
    said = me(running, issuer.token(scope="referrals:read operations:write", municipalities=["GM0150"])).json()
    assert said["kind"] == "client"
    assert said["organisation"] == "partner-1"
    assert said["scopes"] == ["referrals:read"]  # a token's scope narrows what the role gives, and never widens it


def test_staff_are_known_by_their_roles(running: ServiceProcess, staff_issuer: Issuer) -> None:
    said = me(
        running, staff_issuer.token(sub="c1", org=None, roles=["coordinator"], libraries=["L1"], scope="openid")
    ).json()
    assert said["kind"] == "staff"
    assert said["libraries"] == ["L1"]
    assert "referrals:decide" in said["scopes"]


def test_without_a_token_it_is_401_with_a_bare_challenge(running: ServiceProcess) -> None:
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}):
        answer = httpx.get(f"{running.address}/probe/v1/me", headers=headers, trust_env=False)
        refused(answer)
        assert "error=" not in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": from_now(-60)}, "expired"),
        ({"nbf": from_now(300)}, "not valid yet"),
        ({"iat": from_now(300)}, "not valid yet"),
        ({"aud": "another"}, "audience"),
        ({"iss": "https://elsewhere.example"}, "not from an issuer"),
        ({"exp": None}, "lacks a claim"),
        ({"iat": None}, "lacks a claim"),
        ({"sub": None}, "lacks a claim"),
        ({"roles": "operations"}, "list of texts"),
    ],
)
def test_a_token_that_is_not_right_is_401_and_says_why(
    running: ServiceProcess, issuer: Issuer, claims: dict[str, Any], why: str
) -> None:
    at_once = {name: value() if callable(value) else value for name, value in claims.items()}
    answer = me(running, issuer.token(**at_once))
    assert why in refused(answer)
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_little_difference_of_clocks_is_forgiven(running: ServiceProcess, issuer: Issuer) -> None:
    assert me(running, issuer.token(exp=int(time.time()) - 10, nbf=int(time.time()) + 10)).status_code == 200


def test_unsigned_and_shared_secret_tokens_are_never_accepted(running: ServiceProcess, issuer: Issuer) -> None:
    unsigned = jwt.encode(issuer.claims(), "", algorithm="none", headers={"kid": issuer.kid})
    shared = jwt.encode(issuer.claims(), "s" * 32, algorithm="HS256", headers={"kid": issuer.kid})
    for token in (unsigned, shared, "a.b.c", "nothing", "ü"):
        refused(me(running, token))


def test_another_key_under_a_known_id_is_401(running: ServiceProcess, issuer: Issuer) -> None:
    assert "signature" in refused(me(running, issuer.token(key=ec.generate_private_key(ec.SECP256R1()))))


def test_a_new_key_of_the_issuer_is_fetched_when_it_is_met(running: ServiceProcess, issuer: Issuer) -> None:
    old = issuer.token()
    assert me(running, old).status_code == 200
    time.sleep(1.1)  # fetches are at least a second apart
    issuer.new_key()
    assert me(running, issuer.token()).status_code == 200
    refused(me(running, old))


def test_made_up_key_ids_do_not_hammer_the_issuer(running: ServiceProcess, issuer: Issuer) -> None:
    before = issuer.fetches
    for number in range(30):
        refused(me(running, issuer.token(kid=f"made-up-{number}")))
    assert issuer.fetches - before <= 5


def test_a_missing_scope_is_403_and_named(running: ServiceProcess, issuer: Issuer, staff_issuer: Issuer) -> None:
    for token in (issuer.token(scope="referrals:write"), staff_issuer.token(roles=["report-reader"])):
        answer = me(running, token)
        assert answer.status_code == 403
        assert answer.json()["scope"] == "referrals:read"
        assert 'error="insufficient_scope", scope="referrals:read"' in answer.headers["WWW-Authenticate"]


def test_a_token_of_staff_who_are_nobody_gives_nothing(running: ServiceProcess, staff_issuer: Issuer) -> None:
    assert me(running, staff_issuer.token(roles=None)).status_code == 403
    assert me(running, staff_issuer.token(roles=["king"])).status_code == 403


def test_who_is_not_allowed_is_told_nothing_of_their_input(running: ServiceProcess) -> None:
    answer = httpx.post(f"{running.address}/probe/v1/notes", content=b"{", trust_env=False)
    assert answer.status_code == 401


def test_a_revoked_client_is_refused_within_seconds_and_a_later_token_accepted(
    running: ServiceProcess, issuer: Issuer, probe_database: str
) -> None:
    token = issuer.token(sub="partner-revoked")
    assert me(running, token).status_code == 200
    moment = datetime.now(UTC) + timedelta(seconds=1)
    with psycopg2.connect(probe_database) as connection, connection.cursor() as cursor:
        cursor.execute("insert into chassis.revoked_client values ('partner-revoked', %s)", [moment])
    connection.close()
    running.wait_until(lambda: me(running, token).status_code == 401, "refusal", seconds=7)
    assert "revoked" in refused(me(running, token))
    running.wait_until(lambda: datetime.now(UTC) > moment, "the next second", seconds=5)
    assert me(running, issuer.token(sub="partner-revoked", iat=time.time())).status_code == 200
    assert me(running, issuer.token(sub="another")).status_code == 200


def test_an_issuer_that_is_away_is_503_until_it_was_seen(own: ServiceProcess) -> None:
    away = Issuer()
    away.stop()
    own.start(TRUSTED_ISSUERS=f"[{jsoned(away)}]")
    answer = me(own, away.token())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_keys_once_had_outlive_their_issuer(own: ServiceProcess) -> None:
    leaving = Issuer()
    own.start(TRUSTED_ISSUERS=f"[{jsoned(leaving)}]")
    assert me(own, leaving.token()).status_code == 200
    leaving.stop()
    assert me(own, leaving.token()).status_code == 200


def jsoned(issuer: Issuer) -> str:
    import json

    return json.dumps(issuer.trust)
