"""Sessions: sealed, bounded in time, and the same caller as a token gives."""

from __future__ import annotations

import base64
import os
from dataclasses import asdict, replace

import pytest
from werkzeug.test import EnvironBuilder

from chassis.http.problem import Forbidden, Problem
from chassis.pages import session as sessions
from chassis.pages.cookies import Cookies
from chassis.pages.seals import Seals
from chassis.pages.session import Session
from chassis.pages.settings import PageSettings
from chassis.pages.visit import Visits
from chassis.settings import SettingsError, read

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
SETTINGS = read(PageSettings, {"SESSION_KEY": KEY, "PUBLIC_URL": "https://libraries.example/intake"})


def session(**changed: object) -> Session:
    made = sessions.begun(
        issuer="https://login.example", subject="s-1", name="Sanne", organisation=None,
        roles=frozenset({"coordinator"}), libraries=frozenset({"L1"}), municipalities=frozenset({"GM0150"}),
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


def test_it_comes_back_as_it_was_sealed_and_shows_nothing() -> None:
    seals, one = Seals(SETTINGS.keys), session()
    value = sessions.sealed(seals, one)
    assert sessions.opened(seals, value) == one
    assert "Sanne" not in base64.urlsafe_b64decode(value + "==").decode("latin-1")


def test_it_opens_with_no_other_key_and_for_no_other_purpose() -> None:
    value = sessions.sealed(Seals(SETTINGS.keys), session())
    assert sessions.opened(Seals((os.urandom(32),)), value) is None
    assert Seals(SETTINGS.keys).open("sign-in", value) is None
    assert sessions.opened(Seals((os.urandom(32), *SETTINGS.keys)), value) is not None


def test_a_cookie_with_other_facts_than_a_session_has_now_is_nobodys() -> None:
    """Rule: whoever signed in before a release that changes what a session says signs in again; nothing breaks."""
    seals, now = Seals(SETTINGS.keys), asdict(session(roles=[], libraries=[], municipalities=[]))
    assert sessions.opened(seals, seals.seal("session", now)) is not None
    for facts in (now | {"rank": 1}, {name: now[name] for name in now if name not in {"roles", "seen_at"}}):
        assert sessions.opened(seals, seals.seal("session", facts)) is None


def test_it_is_the_caller_that_a_token_gives() -> None:
    caller = session().caller
    assert (caller.id, caller.kind, caller.libraries) == ("s-1", "staff", frozenset({"L1"}))
    assert caller.may("referrals:decide")
    assert not caller.may("operations:read")


@pytest.mark.parametrize(
    ("idle", "open_for", "over"), [(0, 0, False), (3599, 3599, False), (3601, 3601, True), (5, 10 * 3600 + 1, True)]
)
def test_it_is_over_when_it_was_idle_or_open_for_too_long(idle: float, open_for: float, over: bool) -> None:
    assert session(seen_at=1e9 - idle, signed_in_at=1e9 - open_for).is_over(SETTINGS, 1e9) is over


def test_rights_that_fit_in_no_cookie_are_refused_before_a_browser_drops_it() -> None:
    many = frozenset(os.urandom(16).hex() for _ in range(200))
    with pytest.raises(Problem) as refused:
        sessions.sealed(Seals(SETTINGS.keys), session(libraries=many))
    assert refused.value.status == 403


def test_over_https_no_other_host_can_have_set_the_cookie() -> None:
    parts = Cookies(SETTINGS).write("a", "b", 60).split("; ")
    assert parts[0] == "__Host-a=b"
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=60"} <= set(parts)
    assert not [part for part in parts if part.startswith("Domain")]
    plain = read(PageSettings, {"SESSION_KEY": KEY, "PUBLIC_URL": "http://127.0.0.1:8000/intake"})
    assert "Secure" not in Cookies(plain).write("a", "b", 60)


@pytest.mark.parametrize("key", ["", "short", KEY + ",short"])
def test_a_wrong_key_is_named_at_start(key: str) -> None:
    with pytest.raises(SettingsError, match="SESSION_KEY: "):
        read(PageSettings, {"SESSION_KEY": key, "PUBLIC_URL": "https://libraries.example/intake"})


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", ""])
def test_a_form_from_another_origin_is_refused_whatever_its_name(origin: str) -> None:
    request = EnvironBuilder(method="POST", headers={"Origin": origin}).get_request()
    with pytest.raises(Forbidden):
        Visits(SETTINGS).refuse_other_origins(request)


@pytest.mark.parametrize("headers", [{}, {"Origin": SETTINGS.origin, "Sec-Fetch-Site": "same-origin"}])
def test_a_form_of_this_origin_is_taken(headers: dict[str, str]) -> None:
    Visits(SETTINGS).refuse_other_origins(EnvironBuilder(method="POST", headers=headers).get_request())
