"""Identity providers: what is wrong with a setting is said at start, and claims mean what the setting says."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from contracts.access import ROLES
from services.intake.domain.access import Access, settled
from services.intake.identity_providers import ASSIGNABLE, providers
from services.intake.signing_in import Begun, SignInFailed, SigningIn

ROW = {
    "id": "entra",
    "name": "Bibliotheek",
    "issuer": "https://login.example/t/v2.0",
    "clientId": "c",
    "clientSecret": "s",
}


def read(**changed: Any) -> Any:
    return providers(json.dumps([ROW | changed]))[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": "With Spaces"}, "id of small letters"),
        ({"issuer": "http://login.example"}, "https://"),
        ({"issuer": "login.example"}, "http"),
        ({"clientId": ""}, "clientId"),
        ({"algorithms": ["HS256"]}, "algorithms"),
        ({"algorithms": ["none"]}, "algorithms"),
        ({"scopes": "profile"}, "openid"),
        ({"claims": {"shoe": "size"}}, "claims of roles"),
        ({"values": {"roles": {"g-1": "king"}}}, "the roles are"),
        ({"values": {"roles": ["g-1"]}}, "object of texts"),
        ({"values": {"roles": {"g-1": "partner"}}}, "the roles are"),
    ],
)
def test_a_wrong_setting_says_what_is_wrong(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        read(**changed)
    assert "item 0" in str(refused.value) or "http" in said


@pytest.mark.parametrize("text", ["", "{}", "x", "[1]", json.dumps([ROW, ROW])])
def test_what_is_no_list_of_providers_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        providers(text)


def test_a_secret_is_never_shown() -> None:
    assert "'s'" not in repr(read())


def test_groups_of_a_provider_become_roles_and_libraries() -> None:
    one = read(claims={"roles": "groups"}, values={"roles": {"g-1": "coordinator", "g-2": "operations"}})
    assert one.part("roles", {"groups": ["g-1", "g-9", 7]}) == {"coordinator"}
    assert one.part("roles", {"groups": "g-2"}) == {"operations"}
    assert one.part("roles", {"roles": ["operations"]}) == frozenset()
    assert one.part("libraries", {"libraries": ["L1"]}) == {"L1"}
    assert one.part("libraries", {"libraries": {"L1": 1}}) == frozenset()


def test_claims_go_first_part_by_part() -> None:
    assigned = Access(frozenset({"case-worker"}), frozenset({"L1"}), frozenset(), "P1")
    assert settled(Access(), assigned, ASSIGNABLE) == assigned
    claimed = Access(frozenset({"report-reader"}), frozenset(), frozenset({"GM0150"}), None)
    found = settled(claimed, assigned, ASSIGNABLE)
    assert found == Access(frozenset({"report-reader"}), frozenset({"L1"}), frozenset({"GM0150"}), "P1")
    assert settled(Access(frozenset({"partner", "king"})), assigned, ASSIGNABLE).roles == {"case-worker"}


@pytest.mark.parametrize("role", ["coordinator", "library-manager"])
def test_a_role_of_a_library_gives_nothing_to_who_is_of_a_partner(role: str) -> None:
    both = frozenset({role, "case-worker", "report-reader"})
    assert settled(Access(both, organisation="P1"), Access(), ROLES).roles == {"case-worker", "report-reader"}
    assert settled(Access(), Access(frozenset({role}), organisation="P1"), ROLES).roles == frozenset()
    assert settled(Access(frozenset({role}), frozenset({"L1"})), Access(), ROLES).roles == {role}


def test_a_sign_in_that_took_too_long_is_refused() -> None:
    begun = Begun("entra", "state", "nonce", "verifier", "/intake", time.time() - 601)
    with pytest.raises(SignInFailed, match="too long"):
        SigningIn(read(), "https://libraries.example/back").finish(begun, {"state": "state", "code": "c"})
