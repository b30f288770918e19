"""From claims to a caller, and keys that change. What goes over the wire is in tests/integration/http."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from chassis.identity import Refused, Verifier
from chassis.keys import STALE_SECONDS, KeysAway, KeyStore, NoSuchKey
from chassis.parsers import Issuer
from contracts.access import ROLES
from tests.support.outgoing import until

EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CLIENTS = Issuer("https://intake", "https://intake/jwks", "meedoen", ("ES256",), "clients")
STAFF = Issuer("https://idp", "https://idp/jwks", "meedoen", ("RS256",), "staff")


class Sets:
    """Sets of keys by address; counts how often each was asked for."""

    def __init__(self, **found: Any) -> None:
        self.found = {
            CLIENTS.jwks_uri: {"keys": [ECAlgorithm.to_jwk(EC.public_key(), as_dict=True) | {"kid": "e1"}]},
            STAFF.jwks_uri: {"keys": [RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True) | {"kid": "r1"}]},
        } | found
        self.asked: list[str] = []
        self.away = False
        self.now = 1000.0
        self.silent: threading.Event | None = None
        self.aside: list[Callable[[], None]] = []

    def __call__(self, uri: str) -> dict[str, Any]:
        self.asked.append(uri)
        if self.silent is not None and not self.silent.wait(20):
            raise AssertionError("nobody ended the silence")
        if self.away:
            raise httpx.ConnectError("away")
        return self.found[uri]

    @property
    def keys(self) -> KeyStore:
        return KeyStore(self, lambda: self.now, self.aside.append)

    def happen(self) -> None:
        """Do what is to be done aside."""
        while self.aside:
            self.aside.pop(0)()


def token(issuer: Issuer = CLIENTS, headers: dict[str, Any] | None = None, **claims: Any) -> str:
    key, algorithm, kid = (EC, "ES256", "e1") if issuer is CLIENTS else (RSA, "RS256", "r1")
    usual = {"iss": issuer.issuer, "aud": issuer.audience, "sub": "s", "iat": time.time(), "exp": time.time() + 60}
    said = {name: value for name, value in (usual | claims).items() if value is not None}
    return jwt.encode(said, key, algorithm=algorithm, headers={"kid": kid} if headers is None else headers)


def verifier(sets: Sets | None = None) -> Verifier:
    return Verifier((CLIENTS, STAFF), (sets or Sets()).keys)


def test_a_client_without_a_scope_claim_has_all_of_a_partners_scopes() -> None:
    assert verifier().caller(token()).scopes == ROLES["partner"]


@pytest.mark.parametrize(
    ("scope", "roles", "given"),
    [
        ("referrals:read", None, {"referrals:read"}),
        ("referrals:read offer:write", None, {"referrals:read"}),
        ("", None, set()),
        ("reports:read", ["report-reader"], {"reports:read"}),
        ("reports:read", ["emperor"], set()),
    ],
)
def test_a_scope_claim_narrows_what_roles_give(scope: str, roles: list[str] | None, given: set[str]) -> None:
    assert verifier().caller(token(scope=scope, roles=roles)).scopes == given


def test_staff_have_their_roles_scopes_and_a_case_worker_an_organisation() -> None:
    caller = verifier().caller(
        token(STAFF, roles=["case-worker"], org="partner-1", libraries=[], municipalities=["GM0150"])
    )
    assert caller.kind == "staff"
    assert caller.organisation == "partner-1"
    assert caller.scopes == ROLES["case-worker"]
    assert caller.municipalities == {"GM0150"}
    assert caller.may("referrals:write")
    assert not caller.may("offer:write")


@pytest.mark.parametrize("claim", ["roles", "libraries", "municipalities"])
@pytest.mark.parametrize("value", ["text", [1], {"a": 1}])
def test_claims_of_another_shape_are_refused(claim: str, value: Any) -> None:
    with pytest.raises(Refused, match=claim):
        verifier().caller(token(**{claim: value}))


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "é.é.é", "x" * 20_000, "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        verifier().caller(text)


def test_one_issuer_cannot_sign_for_another() -> None:
    with pytest.raises(Refused):
        verifier().caller(token(STAFF, iss=CLIENTS.issuer))
    with pytest.raises(Refused):
        verifier().caller(token(CLIENTS, iss=STAFF.issuer))


def test_keys_are_fetched_once_and_again_after_an_hour() -> None:
    sets = Sets()
    keys = sets.keys
    for _ in range(3):
        keys.find(CLIENTS.jwks_uri, "e1", "ES256")
    assert len(sets.asked) == 1
    sets.now += 3601
    keys.find(CLIENTS.jwks_uri, "e1", "ES256")
    sets.happen()
    assert len(sets.asked) == 2
    keys.find(CLIENTS.jwks_uri, "e1", "ES256")
    assert not sets.aside


def test_nobody_waits_for_an_issuer_that_is_silent_while_its_keys_are_known() -> None:
    """Rule: known keys that are due are used on, and one at a time asks for them anew, aside."""
    sets = Sets()
    keys = KeyStore(sets, lambda: sets.now)
    first = keys.find(CLIENTS.jwks_uri, "e1", "ES256")
    sets.now += 3601
    sets.silent = threading.Event()
    for _ in range(5):
        assert keys.find(CLIENTS.jwks_uri, "e1", "ES256") is first
        sets.now += 2
    sets.silent.set()
    until(lambda: len(sets.asked) == 2)


def test_keys_that_nobody_confirmed_for_a_day_are_asked_for_before_they_are_used() -> None:
    """Rule: an issuer that is away, or behind a black hole, cannot make a withdrawn key count for ever."""
    sets = Sets()
    keys = sets.keys
    keys.find(CLIENTS.jwks_uri, "e1", "ES256")
    sets.away = True
    sets.now += STALE_SECONDS - 10
    assert keys.find(CLIENTS.jwks_uri, "e1", "ES256")
    sets.happen()
    sets.now += 20
    with pytest.raises(KeysAway):
        keys.find(CLIENTS.jwks_uri, "e1", "ES256")
    sets.away = False
    sets.now += 2
    assert keys.find(CLIENTS.jwks_uri, "e1", "ES256")


def test_an_unknown_id_does_not_hold_up_who_has_a_known_one() -> None:
    sets = Sets()
    keys = KeyStore(sets, lambda: sets.now)
    keys.find(CLIENTS.jwks_uri, "e1", "ES256")
    sets.now += 2
    sets.silent = threading.Event()
    with ThreadPoolExecutor(1) as others:
        unknown = others.submit(keys.find, CLIENTS.jwks_uri, "e2", "ES256")
        until(lambda: len(sets.asked) == 2)
        assert keys.find(CLIENTS.jwks_uri, "e1", "ES256")
        sets.silent.set()
        with pytest.raises(NoSuchKey):
            unknown.result()


def test_an_unknown_id_fetches_again_but_not_at_once() -> None:
    sets = Sets()
    keys = sets.keys
    for _ in range(5):
        with pytest.raises(NoSuchKey):
            keys.find(CLIENTS.jwks_uri, "e2", "ES256")
    assert len(sets.asked) == 1
    sets.found[CLIENTS.jwks_uri]["keys"][0]["kid"] = "e2"
    sets.now += 1.5
    assert keys.find(CLIENTS.jwks_uri, "e2", "ES256")


def test_keys_that_were_had_outlive_their_issuer_and_none_is_not_unknown() -> None:
    sets = Sets()
    keys = sets.keys
    keys.find(CLIENTS.jwks_uri, "e1", "ES256")
    sets.away = True
    sets.now += 7200
    assert keys.find(CLIENTS.jwks_uri, "e1", "ES256")
    with pytest.raises(KeysAway):
        keys.find(STAFF.jwks_uri, "r1", "RS256")


def test_a_key_serves_its_own_family_and_use_alone() -> None:
    keys = Sets().keys
    with pytest.raises(NoSuchKey):
        keys.find(CLIENTS.jwks_uri, "e1", "RS256")
    row = ECAlgorithm.to_jwk(EC.public_key(), as_dict=True) | {"kid": "e1", "use": "enc"}
    with pytest.raises(KeysAway):
        Sets(**{CLIENTS.jwks_uri: {"keys": [row]}}).keys.find(CLIENTS.jwks_uri, "e1", "ES256")


@pytest.mark.parametrize("found", [{}, {"keys": "x"}, {"keys": [1]}, {"keys": [{"kty": "EC", "kid": "e1"}]}])
def test_sets_that_are_no_sets_are_away(found: dict[str, Any]) -> None:
    with pytest.raises((KeysAway, NoSuchKey)):
        Sets(**{CLIENTS.jwks_uri: found}).keys.find(CLIENTS.jwks_uri, "e1", "ES256")


def test_a_token_that_names_no_key_is_tried_with_the_issuers_present_one() -> None:
    """As of a provider that leaves the key's id out, and begins with a new key at each start."""
    sets = Sets()
    former = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    present = sets.found[STAFF.jwks_uri]
    sets.found[STAFF.jwks_uri] = {"keys": [RSAAlgorithm.to_jwk(former.public_key(), as_dict=True)]}
    known = Verifier((STAFF,), sets.keys)
    with pytest.raises(Refused, match="signature"):
        known.caller(token(STAFF, headers={}))
    sets.found[STAFF.jwks_uri] = json.loads(json.dumps(present))
    sets.now += 2
    assert known.caller(token(STAFF, headers={})).kind == "staff"


def test_a_token_that_passed_is_refused_once_it_has_expired() -> None:
    """Rule: what is remembered of a good token does not outlive it."""
    now = [time.time()]
    known = Verifier((CLIENTS,), Sets().keys, clock=lambda: now[0])
    said = token(iat=now[0] - 120, exp=now[0] - 20)  # within the leeway
    assert known.caller(said) == known.caller(said)
    now[0] += 15
    with time_machine.travel(now[0]), pytest.raises(Refused, match="expired"):
        known.caller(said)


def test_a_token_that_passed_is_refused_once_its_key_is_withdrawn() -> None:
    """Rule: the issuer's word about its keys counts for tokens that were seen before, too."""
    sets = Sets()
    known = Verifier((CLIENTS,), sets.keys)
    said = token()
    known.caller(said)
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    sets.found[CLIENTS.jwks_uri] = {"keys": [ECAlgorithm.to_jwk(other, as_dict=True) | {"kid": "e1"}]}
    sets.now += 3601
    assert known.caller(said)
    sets.happen()
    with pytest.raises(Refused, match="signature"):
        known.caller(said)


def test_another_token_is_never_taken_for_one_that_passed() -> None:
    known = verifier()
    said = token()
    known.caller(said)
    head, claims, signature = said.split(".")
    with pytest.raises(Refused):
        known.caller(f"{head}.{claims}.{signature[:-4]}AAAA")
