"""Signing in: who comes in and who does not, whatever somebody tries on the way."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.integration.pages.conftest import ELSEWHERE
from tests.support.intake_process import Intake
from tests.support.openid_provider import OpenIdProvider
from tests.support.visitor import Visitor


def coordinator(provider: OpenIdProvider, sub: str = "sanne", **claims: object) -> None:
    provider.who = {"sub": sub, "name": "Sanne Voorbeeld", "roles": ["coordinator"], "libraries": [], **claims}


def test_somebody_signs_in_and_comes_where_they_wanted(visitor: Visitor, provider: OpenIdProvider) -> None:
    coordinator(provider)
    first = visitor.get("/intake/referrals?status=requested")
    assert first.headers["Location"] == "/intake/sign-in?next=%2Fintake%2Freferrals%3Fstatus%3Drequested"
    assert "Inloggen met de proef" in visitor.follow(first).text
    found = visitor.sign_in("/intake/referrals?status=requested")
    assert found.status_code == 200
    assert found.url.path == "/intake/referrals"
    assert "Sanne Voorbeeld" in found.text
    assert "Geen aanmelding past bij deze keuze" in found.text


def test_the_request_to_the_provider_is_what_openid_connect_asks(visitor: Visitor, provider: OpenIdProvider) -> None:
    visitor.sign_in()
    (asked,) = provider.asked
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert {"openid", "email"} <= set(asked["scope"].split())
    assert asked["redirect_uri"].endswith("/intake/sign-in/callback")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 32


def test_the_session_is_one_cookie_that_scripts_and_other_sites_never_get(
    visitor: Visitor, provider: OpenIdProvider
) -> None:
    back = visitor.get(visitor.get(visitor.get("/intake/sign-in/test").headers["Location"]).headers["Location"])
    (cookie,) = [one for one in back.headers.get_list("Set-Cookie") if one.startswith("meedoen-session=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "somebody" not in cookie


def test_each_sign_in_is_a_session_of_its_own_and_ends_the_one_before(
    visitor: Visitor, other: Visitor, provider: OpenIdProvider
) -> None:
    visitor.sign_in()
    before = visitor.session
    visitor.sign_in()
    assert visitor.session != before
    assert visitor.get("/intake").status_code == 200
    other.use_session(before or "")
    assert other.get("/intake").headers["Location"].startswith("/intake/sign-in")


def begun(visitor: Visitor) -> tuple[str, dict[str, str]]:
    """As far as the way back from the provider: path and query, not gone yet."""
    answer = visitor.get(visitor.get("/intake/sign-in/test").headers["Location"])
    url = urlsplit(answer.headers["Location"])
    return url.path, {name: values[0] for name, values in parse_qs(url.query).items()}


def test_a_state_that_nobody_began_with_signs_nobody_in(visitor: Visitor, provider: OpenIdProvider) -> None:
    path, query = begun(visitor)
    answer = visitor.get(path, params=query | {"state": "x" * 43})
    assert answer.status_code == 400
    assert "Je bent niet ingelogd" in answer.text
    assert visitor.session is None


def test_the_way_back_opens_nothing_in_another_browser(
    visitor: Visitor, other: Visitor, provider: OpenIdProvider
) -> None:
    """Somebody who lures another to their own way back would sign that other in as themselves."""
    path, query = begun(visitor)
    assert other.get(path, params=query).status_code == 400
    assert other.session is None


def test_a_code_is_of_use_to_who_began_alone(visitor: Visitor, other: Visitor, provider: OpenIdProvider) -> None:
    """PKCE: a stolen code does not go with another sign-in's verifier."""
    _, stolen = begun(visitor)
    path, own = begun(other)
    answer = other.get(path, params=own | {"code": stolen["code"]})
    assert answer.status_code == 403
    assert provider.refused == ["verifier"]
    assert other.session is None


def test_the_way_back_works_once(visitor: Visitor, provider: OpenIdProvider) -> None:
    path, query = begun(visitor)
    assert visitor.get(path, params=query).status_code == 303
    assert visitor.get(path, params=query).status_code == 400


@pytest.mark.parametrize(
    "twisted",
    [{"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"iss": "https://elsewhere.example"}, {"exp": 1},
     {"sub": None}, {"azp": "another"}],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
def test_a_token_that_is_not_right_signs_nobody_in(
    visitor: Visitor, provider: OpenIdProvider, twisted: dict[str, object]
) -> None:
    provider.twisted = twisted
    path, query = begun(visitor)
    assert visitor.get(path, params=query).status_code == 403
    assert visitor.session is None


def test_a_token_with_another_signature_signs_nobody_in(visitor: Visitor, provider: OpenIdProvider) -> None:
    provider.key = ec.generate_private_key(ec.SECP256R1())
    path, query = begun(visitor)
    assert visitor.get(path, params=query).status_code == 403
    assert visitor.session is None


def test_another_provider_cannot_answer(visitor: Visitor, provider: OpenIdProvider) -> None:
    path, query = begun(visitor)
    assert visitor.get(path, params=query | {"iss": "https://elsewhere.example"}).status_code == 403


def test_who_says_no_at_the_provider_reads_so(visitor: Visitor, provider: OpenIdProvider) -> None:
    path, query = begun(visitor)
    answer = visitor.get(path, params={"error": "access_denied", "state": query["state"]})
    assert answer.status_code == 403
    assert "Probeer het opnieuw" in answer.text


@pytest.mark.parametrize(
    "following",
    ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example", "javascript:alert(1)", "evil"],
)
def test_nobody_is_sent_off_this_origin(visitor: Visitor, provider: OpenIdProvider, following: str) -> None:
    path, query = urlsplit(visitor.get(visitor.get(f"/intake/sign-in/test?next={following}").headers["Location"])
                           .headers["Location"])[2:4]  # fmt: skip
    assert visitor.get(f"{path}?{query}").headers["Location"] == "/intake"
    assert visitor.get(f"/intake/sign-in?next={following}").headers["Location"] == "/intake"
    answer = visitor.http.post("/intake/language", data={"language": "en", "next": unquote(following)})
    assert answer.headers["Location"] == "/intake"


def test_without_its_provider_nobody_signs_in_and_reads_why(visitor: Visitor) -> None:
    answer = visitor.get("/intake/sign-in/away")
    assert answer.status_code == 503
    assert "Meedoen werkt nu even niet" in answer.text
    assert answer.headers["Retry-After"]


def test_a_provider_may_be_reached_by_another_address_than_browsers_have(
    visitor: Visitor, provider: OpenIdProvider
) -> None:
    coordinator(provider)
    provider.twisted = {"iss": ELSEWHERE}
    away = visitor.get("/intake/sign-in/inside").headers["Location"]
    assert away.startswith(f"{ELSEWHERE}/authorize?")
    back = visitor.get(away.replace(ELSEWHERE, provider.issuer))
    assert visitor.follow(back).status_code == 200
    assert visitor.session is not None


def test_a_provider_that_is_not_set_up_is_404(visitor: Visitor) -> None:
    assert visitor.get("/intake/sign-in/nobody").status_code == 404


@pytest.mark.parametrize("changed", ["", "x", "A" * 300, "A" * 5000, "é"], ids=["empty", "x", "as", "long", "e"])
def test_a_cookie_that_we_did_not_make_is_no_session(visitor: Visitor, changed: str) -> None:
    answer = visitor.get("/intake", headers={"Cookie": f"meedoen-session={changed}".encode()})
    assert answer.headers["Location"] == "/intake/sign-in?next=%2Fintake"


def test_a_cookie_of_which_one_letter_changed_is_no_session(visitor: Visitor, provider: OpenIdProvider) -> None:
    visitor.sign_in()
    session = visitor.session or ""
    for place in (0, len(session) // 2, len(session) - 3):
        changed = session[:place] + ("A" if session[place] != "A" else "B") + session[place + 1 :]
        with Visitor(str(visitor.http.base_url)) as forger:
            forger.use_session(changed)
            assert forger.get("/intake").status_code == 303


def test_who_has_no_role_reads_what_to_do(visitor: Visitor, provider: OpenIdProvider) -> None:
    provider.who = {"sub": "newcomer", "roles": ["admin", "partner"]}
    assert "Je hebt nog geen rol" in visitor.sign_in().text
    answer = visitor.get("/intake/referrals")
    assert answer.status_code == 403
    assert "Je mag dit niet zien" in answer.text


def test_a_role_opens_its_own_pages_alone(visitor: Visitor, provider: OpenIdProvider) -> None:
    coordinator(provider)
    visitor.sign_in()
    assert visitor.get("/intake/referrals").status_code == 200
    assert visitor.get("/intake/staff").status_code == 403
    provider.who = {"sub": "beheer", "roles": ["operations"]}
    visitor.sign_in()
    assert visitor.get("/intake/staff").status_code == 200
    assert visitor.get("/intake/referrals").status_code == 403


def test_signing_out_ends_the_session_here_and_at_the_provider(
    visitor: Visitor, other: Visitor, provider: OpenIdProvider
) -> None:
    visitor.sign_in()
    before = visitor.session
    answer = visitor.send("/intake/sign-out")
    assert answer.status_code == 200
    address = answer.headers["Refresh"].partition("url=")[2]
    assert address.startswith(f"{provider.issuer}/end_session?id_token_hint=ey")
    assert "/intake/signed-out" in parse_qs(urlsplit(address).query)["post_logout_redirect_uri"][0]
    assert visitor.session is None
    other.use_session(before or "")
    assert other.get("/intake").status_code == 303
    assert "Je bent uitgelogd" in other.get("/intake/signed-out?state=1").text


def test_machines_read_problems_where_people_read_pages(visitor: Visitor) -> None:
    answer = visitor.get("/intake/referrals", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert visitor.get("/intake/nowhere").headers["Content-Type"].startswith("text/html")
    assert visitor.get("/intake/v1/nowhere").headers["Content-Type"] == "application/problem+json"
    assert visitor.get("/intake/v1/referrals").status_code == 401


def test_no_log_line_names_who_signed_in(intake: Intake, visitor: Visitor, provider: OpenIdProvider) -> None:
    coordinator(provider, sub="a-subject-to-look-for", email="sanne.voorbeeld@example.org")
    visitor.sign_in()
    assert "page:/sign-in/callback" in intake.log
    for hidden in ("a-subject-to-look-for", "Sanne Voorbeeld", "sanne.voorbeeld"):
        assert hidden not in intake.log
        assert intake.rows("select 1 from intake.staff_member m where m::text ilike %s", f"%{hidden}%") == []
        assert intake.rows("select 1 from intake.staff_session s where s::text ilike %s", f"%{hidden}%") == []


def test_another_service_asks_in_the_name_of_who_is_signed_in(
    intake: Intake, visitor: Visitor, provider: OpenIdProvider
) -> None:
    coordinator(provider)
    visitor.sign_in()
    session = visitor.session or ""
    with intake.client() as api:
        asked = {"Authorization": f"Session {session}"}
        assert api.get("/referrals", headers=asked).status_code == 200
        assert api.get("/partners", headers=asked).status_code == 403
        # A browser sends the cookie along by itself, whoever made it ask: that opens nothing.
        assert api.get("/referrals", headers={"Cookie": f"meedoen-session={session}"}).status_code == 401
        assert api.get("/referrals", headers={"Authorization": f"Session {session[:-4]}AAAA"}).status_code == 401
        visitor.send("/intake/sign-out")
        assert api.get("/referrals", headers=asked).status_code == 401
