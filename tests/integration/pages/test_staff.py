"""Who of the staff may do what, settled by operations where their provider does not say it."""

from __future__ import annotations

import re
import uuid

from tests.support.intake_process import Intake, referral
from tests.support.openid_provider import OpenIdProvider
from tests.support.visitor import Visitor


def operations(visitor: Visitor, provider: OpenIdProvider) -> Visitor:
    provider.who = {"sub": "beheer", "name": "Beheer", "roles": ["operations"]}
    visitor.sign_in()
    return visitor


def somebody() -> dict[str, str]:
    unique = uuid.uuid4().hex[:8]
    return {"sub": unique, "name": f"Iemand {unique}", "email": f"{unique}@Example.org"}


def page_of(visitor: Visitor, name: str) -> str:
    found = re.search(rf'href="(/intake/staff/[0-9a-f-]+)">{name}', visitor.get("/intake/staff?limit=100").text)
    assert found is not None, name
    return found[1]


def test_what_operations_assign_counts_where_the_provider_says_nothing(
    intake: Intake, visitor: Visitor, other: Visitor, provider: OpenIdProvider
) -> None:
    library, who = intake.library("GM0160"), somebody()
    provider.who = dict(who)
    assert "Je hebt nog geen rol" in other.sign_in().text
    path = page_of(operations(visitor, provider), who["name"])
    visitor.get(path)
    assert visitor.send(path, roles="coordinator", libraryIds=library).headers["Location"] == path
    assert "mag inloggen" in visitor.get(path).text
    # What changed counts at once: the next page asks to sign in again.
    assert other.get("/intake").headers["Location"].startswith("/intake/sign-in")
    provider.who = dict(who)
    assert "Er wacht niets op je" in other.sign_in().text
    provider.who = {**who, "roles": ["report-reader"]}
    reader = other.sign_in().text
    assert "Vraag ze aan wie in jouw organisatie Meedoen beheert" in reader
    assert 'href="/reporting/v1/openapi.json"' in reader


def test_somebody_can_be_assigned_by_address_before_the_first_sign_in(
    intake: Intake, visitor: Visitor, other: Visitor, provider: OpenIdProvider
) -> None:
    library, who = intake.library("GM0160"), somebody()
    operations(visitor, provider).get("/intake/staff/new")
    fields = {"email": who["email"].lower(), "provider": "test", "roles": "coordinator", "libraryIds": library}
    added = visitor.send("/intake/staff/new", **fields)
    assert "mag vanaf nu inloggen" in visitor.follow(added).text
    visitor.get("/intake/staff/new")
    assert visitor.send("/intake/staff/new", **fields).status_code == 409
    provider.who = dict(who)
    assert "Er wacht niets op je" in other.sign_in().text
    assert len(re.findall(who["name"], operations(visitor, provider).get("/intake/staff?limit=100").text)) == 1


def test_who_is_taken_out_is_out_at_once_and_stays_out(
    visitor: Visitor, other: Visitor, provider: OpenIdProvider
) -> None:
    who = somebody() | {"roles": ["coordinator"]}
    provider.who = who
    assert other.sign_in("/intake/referrals").status_code == 200
    path = page_of(operations(visitor, provider), who["name"])
    visitor.get(path)
    assert visitor.send(f"{path}/removal").status_code == 303
    assert other.get("/intake/referrals").headers["Location"].startswith("/intake/sign-in")
    provider.who = who
    answer = other.sign_in()
    assert answer.status_code == 403
    assert "geen toegang meer" in answer.text


def test_a_token_of_who_is_taken_out_opens_nothing_though_it_has_not_expired(
    intake: Intake, visitor: Visitor, other: Visitor, provider: OpenIdProvider
) -> None:
    who = somebody() | {"roles": ["coordinator"], "libraries": [intake.library("GM0160")]}
    provider.who = dict(who)
    other.sign_in()
    path = page_of(operations(visitor, provider), who["name"])
    namesake = intake.member("coordinator", sub=who["sub"])
    with intake.client(provider.access_token(**who)) as client, namesake:
        assert client.get("/referrals").status_code == 200
        visitor.get(path)
        visitor.send(f"{path}/removal")
        refused = client.get("/referrals")
        assert (refused.status_code, refused.json()["detail"]) == (401, "You have no access any more.")
        assert who["sub"] not in intake.log
        # The same subject at another issuer is somebody else.
        assert namesake.get("/referrals").status_code == 200
        visitor.get(path)
        visitor.send(path, roles="coordinator")
        assert client.get("/referrals").status_code == 200


def test_a_case_worker_needs_a_partner_and_sees_its_referrals_alone(
    intake: Intake, visitor: Visitor, other: Visitor, provider: OpenIdProvider
) -> None:
    partner, who = intake.partner(), somebody()
    provider.who = dict(who)
    other.sign_in()
    path = page_of(operations(visitor, provider), who["name"])
    visitor.get(path)
    refused = visitor.send(path, roles="case-worker")
    assert refused.status_code == 400
    assert "Kies voor welke organisatie" in refused.text
    visitor.get(path)
    assert visitor.send(path, roles="case-worker", partnerId=partner.id).status_code == 303
    provider.who = dict(who)
    assert "Je hebt nog niemand aangemeld" in other.sign_in("/intake/referrals").text


def test_two_of_operations_do_not_overwrite_each_other(
    visitor: Visitor, other: Visitor, provider: OpenIdProvider
) -> None:
    who = somebody()
    provider.who = dict(who)
    other.sign_in()
    path = page_of(operations(visitor, provider), who["name"])
    operations(other, provider).get(path)
    visitor.get(path)
    assert visitor.send(path, roles="report-reader").status_code == 303
    assert other.send(path, roles="operations").status_code == 412


def test_the_api_does_the_same(intake: Intake, provider: OpenIdProvider) -> None:
    email = f"{uuid.uuid4().hex[:8]}@example.org"
    with intake.operations() as client:
        assert client.post("/staff-members", json={"provider": "nobody", "email": email}).status_code == 400
        made = client.post("/staff-members", json={"provider": "test", "email": email, "roles": ["report-reader"]})
        assert made.status_code == 201, made.text
        address = f"/staff-members/{made.json()['staffId']}"
        changed = client.put(address, json={"status": "taken-out"}, headers={"If-Match": made.headers["ETag"]})
        assert changed.json()["status"] == "taken-out"
        assert client.put(address, json={}, headers={"If-Match": made.headers["ETag"]}).status_code == 412
        found = client.get("/staff-members?status=taken-out").json()["items"]
        assert email in [one["email"] for one in found]
        assert client.get(address).json()["roles"] == []
    with intake.coordinator() as client:
        assert client.get("/staff-members").status_code == 403


def test_a_case_worker_sees_the_municipalities_that_are_assigned(
    intake: Intake, visitor: Visitor, provider: OpenIdProvider
) -> None:
    partner = intake.partner()
    with partner.client() as client:
        answers = {
            code: client.post("/referrals", json=referral(municipality=code, postcode4="7411")).json()
            for code in ("GM0150", "GM0153", None)
        }
    made = {code: answer["referralId"] for code, answer in answers.items()}
    case_worker = {"sub": uuid.uuid4().hex, "roles": ["case-worker"], "org": partner.id}
    provider.who = {**case_worker, "municipalities": ["GM0150"]}
    shown = visitor.sign_in("/intake/referrals").text
    assert [code for code, referral_id in made.items() if referral_id in shown] == ["GM0150", None]
    page = visitor.get(f"/intake/referrals/{made['GM0150']}")
    assert page.status_code == 200
    # The one number by which people speak of it, as the partner was told it.
    assert all(answers["GM0150"]["referenceNumber"] in text for text in (shown, page.text))
    assert visitor.get(f"/intake/referrals/{made['GM0153']}").status_code == 404
    provider.who = case_worker
    shown = visitor.sign_in("/intake/referrals").text
    assert [code for code, referral_id in made.items() if referral_id in shown] == []
