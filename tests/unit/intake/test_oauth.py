"""What clients may send to the token endpoint, and what RFC 6749 wants to hear when they may not."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus, urlencode

import jwt
import pytest

from services.intake import oauth
from services.intake.client_secrets import Checker, id_of, new_secret
from services.intake.tokens import Issuing, signing_keys
from tests.support.intake_process import signing_key

FORM = {"grant_type": "client_credentials", "client_id": "c", "client_secret": "s"}


def form(**changed: str | None) -> bytes:
    return urlencode({name: value for name, value in (FORM | changed).items() if value is not None}).encode()


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()


def test_a_client_may_authenticate_in_the_form() -> None:
    assert oauth.read(form(scope="a b a"), None) == oauth.TokenRequest("c", "s", ("a", "b"), by_header=False)


def test_a_client_may_authenticate_by_header() -> None:
    asked = oauth.read(form(client_id=None, client_secret=None), basic("c:1", "s%&é"))
    assert asked == oauth.TokenRequest("c:1", "s%&é", None, by_header=True)


@pytest.mark.parametrize(
    ("body", "header", "error", "status"),
    [
        (b"", None, "invalid_request", 400),
        (b"\xff=1", None, "invalid_request", 400),
        (b"nonsense", None, "invalid_request", 400),
        (form(grant_type=None), None, "invalid_request", 400),
        (form(grant_type="password"), None, "unsupported_grant_type", 400),
        (form() + b"&client_id=d", None, "invalid_request", 400),
        (form(client_secret=None), None, "invalid_client", 401),
        (form(client_id=None), None, "invalid_client", 401),
        (form(), basic("c", "s"), "invalid_request", 400),
        (form(client_secret=None, client_id="d"), basic("c", "s"), "invalid_request", 400),
        (form(client_secret=None), "Bearer abc", "invalid_client", 401),
        (form(client_secret=None), "Basic !!!", "invalid_client", 401),
        (form(client_secret=None), "Basic " + base64.b64encode(b"no-colon").decode(), "invalid_client", 401),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_standard(
    body: bytes, header: str | None, error: str, status: int
) -> None:
    with pytest.raises(oauth.OAuthError) as refused:
        oauth.read(body, header)
    assert (refused.value.error, refused.value.status) == (error, status)


def test_a_scope_narrows_and_never_widens() -> None:
    allowed = frozenset({"referrals:read", "referrals:write"})
    assert oauth.narrowed(None, allowed) == ["referrals:read", "referrals:write"]
    assert oauth.narrowed(("referrals:read",), allowed) == ["referrals:read"]
    for asked in (("referrals:read", "operations:write"), ()):
        with pytest.raises(oauth.OAuthError) as refused:
            oauth.narrowed(asked, allowed)
        assert refused.value.error == "invalid_scope"


def test_a_secret_matches_its_hash_and_is_remembered_for_a_while() -> None:
    now = [0.0]
    checker = Checker(clock=lambda: now[0])
    secret, other = new_secret(), new_secret()
    assert id_of(secret.text) == secret.secret_id
    assert checker.matches(secret.text, secret.argon2_hash)
    assert not checker.matches(other.text, secret.argon2_hash)
    assert len(checker._right) == 1  # what was wrong is not remembered
    now[0] = 301.0
    assert checker.matches(secret.text, secret.argon2_hash)
    assert secret.text not in repr(secret)


def test_what_is_remembered_holds_for_that_hash_alone() -> None:
    checker = Checker()
    secret, replaced = new_secret(), new_secret()
    assert checker.matches(secret.text, secret.argon2_hash)
    assert not checker.matches(secret.text, replaced.argon2_hash)


@pytest.mark.parametrize("text", ["", "mds_", "mds_abc_def", "secret", "mds_ABCDEFGHIJKL_" + "a" * 43])
def test_a_text_that_is_no_secret_costs_no_hash(text: str) -> None:
    assert id_of(text) is None


def test_a_token_says_what_others_check() -> None:
    issuing = Issuing("https://intake.example/intake", "meedoen", signing_keys(signing_key()))
    now = datetime.now(UTC)
    token = issuing.token("partner", municipalities=["GM0150"], scopes=["referrals:read"], now=now)
    (key,) = issuing.jwks()["keys"]
    assert "d" not in key
    claims = jwt.decode(token, jwt.PyJWK(key).key, algorithms=["ES256"], audience="meedoen", issuer=issuing.issuer)
    assert (claims["sub"], claims["org"], claims["roles"], claims["scope"]) == (
        "partner", "partner", ["partner"], "referrals:read",
    )  # fmt: skip
    assert claims["exp"] - int(claims["iat"]) == 600
    assert abs(claims["iat"] - now.timestamp()) < timedelta(milliseconds=1).total_seconds()
    assert jwt.get_unverified_header(token)["kid"] == key["kid"]


def test_a_key_is_replaced_by_putting_the_new_one_in_front() -> None:
    old, new = signing_key(), signing_key()
    both = base64.b64encode(base64.b64decode(new) + b"\n" + base64.b64decode(old)).decode()
    assert [key.kid for key in signing_keys(both)] == [signing_keys(new)[0].kid, signing_keys(old)[0].kid]


def test_the_new_one_may_stand_before_the_old_one_with_a_comma_between() -> None:
    old, new = signing_key(), signing_key()
    wanted = [signing_keys(new)[0].kid, signing_keys(old)[0].kid]
    assert [key.kid for key in signing_keys(f"{new},{old}")] == wanted
    assert [key.kid for key in signing_keys(f"{new}, {old}")] == wanted


@pytest.mark.parametrize(
    "text", ["", "not base64!", base64.b64encode(b"not a pem").decode(), f"{signing_key()},", f"{signing_key()},x"]
)
def test_a_setting_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="P-256"):
        signing_keys(text)
