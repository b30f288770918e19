"""Libraries, partners, their secrets and tokens over HTTP."""

from __future__ import annotations

import base64
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from urllib.parse import quote

import httpx
import jwt
import psycopg2
import pytest

from tests.support.intake_process import Intake, Partner, fresh_place, referral, until


def name() -> str:
    return f"Organisatie {uuid.uuid4().hex[:10]}"


def library(**changed: Any) -> dict[str, Any]:
    return {"name": name(), "mailbox": "taalhuis@example.org", "language": "nl",
            "serves": [{"municipality": "GM7001", "kinds": ["language-cafe"]}], **changed}  # fmt: skip


def events(intake: Intake, subject: str) -> list[str]:
    rows = intake.rows("select type from chassis.outbox where subject = %s order by sequence", subject)
    return [kind.removeprefix("nl.newcomers.").removesuffix(".v1") for (kind,) in rows]


def test_a_library_is_registered_once_whoever_repeats(intake: Intake) -> None:
    said = library(libraryId=str(uuid.uuid4()))
    with intake.operations() as client:
        first = client.post("/libraries", json=said)
        again = client.post("/libraries", json=said | {"name": name()})
        by_name = client.post("/libraries", json={key: said[key] for key in said if key != "libraryId"})
        assert (first.status_code, again.status_code, by_name.status_code) == (201, 200, 200)
        assert first.json() == again.json() == by_name.json()
        assert first.json()["serves"] == said["serves"]
        other = client.post("/libraries", json=said | {"libraryId": str(uuid.uuid4())})
        assert other.status_code == 409
        assert client.get(f"/libraries/{said['libraryId']}").json() == first.json()
    assert events(intake, f"library/{said['libraryId']}") == ["library-registered"]


def test_of_two_who_change_a_library_at_once_the_second_hears_of_it(intake: Intake) -> None:
    with intake.operations() as client:
        made = client.post("/libraries", json=library())
        path, seen = f"/libraries/{made.json()['libraryId']}", made.headers["ETag"]
        said = library(serves=[{"municipality": "GM7002", "kinds": []}])
        assert client.put(path, json=said, headers={"If-Match": seen}).status_code == 200
        assert client.put(path, json=library(), headers={"If-Match": seen}).status_code == 412
        now = client.get(path)
        assert (now.json()["name"], now.json()["serves"]) == (said["name"], said["serves"])
        assert client.put(f"/libraries/{uuid.uuid4()}", json=library()).status_code == 404
    assert events(intake, f"library/{made.json()['libraryId']}") == ["library-registered", "library-changed"]


def test_every_wrong_field_of_a_library_is_named(intake: Intake) -> None:
    with intake.operations() as client:
        answer = client.post(
            "/libraries", json={"mailbox": "x", "language": "fr", "serves": [{"municipality": "Zwolle"}]}
        )
    assert answer.status_code == 400
    fields = sorted(error["field"] for error in answer.json()["errors"])
    assert fields == ["language", "mailbox", "name", "serves.0.municipality"]


def test_lists_go_on_from_page_to_page(intake: Intake) -> None:
    made = {intake.library() for _ in range(5)}
    seen: list[str] = []
    with intake.operations() as client:
        page = client.get("/libraries", params={"limit": 2}).json()
        while True:
            seen += [row["libraryId"] for row in page["items"]]
            if page["next"] is None:
                break
            page = client.get(page["next"]).json()
    assert made <= set(seen)
    assert len(seen) == len(set(seen))


def test_a_partner_shows_its_secret_once(intake: Intake) -> None:
    said = {"partnerId": str(uuid.uuid4()), "name": name(), "municipalities": ["GM7001"]}
    with intake.operations() as client:
        first = client.post("/partners", json=said)
        again = client.post("/partners", json=said)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["clientId"] == said["partnerId"]
        assert "clientSecret" in first.json()
        assert "clientSecret" not in again.json()
        listed = client.get("/partners", params={"limit": 200}).text
        assert first.json()["clientSecret"] not in listed
    assert events(intake, f"partner/{said['partnerId']}") == ["partner-registered"]


@pytest.mark.parametrize("by_header", [True, False])
def test_a_token_is_had_by_header_or_form_and_says_who_it_is_for(intake: Intake, by_header: bool) -> None:
    partner = intake.partner(municipalities=["GM7001"])
    form = {"grant_type": "client_credentials", "scope": "referrals:read"}
    headers = {}
    if by_header:
        pair = f"{quote(partner.id)}:{quote(partner.secret)}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
    else:
        form |= {"client_id": partner.id, "client_secret": partner.secret}
    with intake.client() as client:
        answer = client.post("/oauth/token", data=form, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        said = answer.json()
        assert (said["token_type"], said["expires_in"], said["scope"]) == ("Bearer", 600, "referrals:read")
        (key,) = client.get("/jwks").json()["keys"]
    claims = jwt.decode(said["access_token"], jwt.PyJWK(key).key, algorithms=["ES256"], audience="meedoen")
    assert claims["iss"] == intake.url
    assert (claims["sub"], claims["org"], claims["municipalities"]) == (partner.id, partner.id, ["GM7001"])
    with intake.client(said["access_token"]) as client:
        assert client.get("/referrals").status_code == 200
        assert client.post("/referrals", json=referral()).status_code == 403


def asked(intake: Intake, client_id: str, secret: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    with intake.client() as client:
        return client.post("/oauth/token", data=form)


def test_wrong_secrets_are_all_refused_in_the_same_words(intake: Intake) -> None:
    partner, other = intake.partner(), intake.partner()
    right_id_wrong_rest = partner.secret[:-4] + ("AAAA" if partner.secret[-4:] != "AAAA" else "BBBB")
    answers = [
        asked(intake, client_id, secret)
        for client_id, secret in (
            (partner.id, "wrong"), (partner.id, right_id_wrong_rest), (partner.id, other.secret),
            (str(uuid.uuid4()), partner.secret), ("no-uuid'--", partner.secret), (partner.id, ""),
        )
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["error"] == "invalid_client"


def test_two_secrets_are_valid_at_a_time(intake: Intake) -> None:
    partner = intake.partner()
    with intake.operations() as client:
        second = client.post(f"/partners/{partner.id}/secrets").json()["clientSecret"]
        assert asked(intake, partner.id, partner.secret).status_code == 200
        assert asked(intake, partner.id, second).status_code == 200
        third = client.post(f"/partners/{partner.id}/secrets").json()["clientSecret"]
        assert asked(intake, partner.id, partner.secret).status_code == 401
        assert asked(intake, partner.id, second).status_code == 200
        assert asked(intake, partner.id, third).status_code == 200
        secrets = client.get(f"/partners/{partner.id}").json()["secrets"]
    assert len(secrets) == 2
    assert all(secret["lastUsedAt"] for secret in secrets)


def test_suspending_counts_from_the_next_request(intake: Intake) -> None:
    partner = intake.partner()
    with partner.client() as client, intake.operations() as operations:
        assert client.get("/referrals").status_code == 200
        assert operations.patch(f"/partners/{partner.id}", json={"status": "suspended"}).status_code == 200
        assert client.get("/referrals").status_code == 401
        assert client.post("/referrals", json=referral()).status_code == 401
        assert client.get("/referral-files").status_code == 401
        assert asked(intake, partner.id, partner.secret).status_code == 401
        assert operations.patch(f"/partners/{partner.id}", json={"status": "active"}).status_code == 200
        assert client.get("/referrals").status_code == 401
        fresh = partner.token()
        # What the chassis remembers of revocations is seconds old at most.
        with intake.client(fresh) as again:
            until(lambda: again.get("/referrals").status_code == 200, "a fresh token counts", within=10)
    assert events(intake, f"partner/{partner.id}") == ["partner-registered", "partner-changed", "partner-changed"]


def test_revoking_ends_all_secrets_and_tokens(intake: Intake) -> None:
    partner = intake.partner()
    with partner.client() as client, intake.operations() as operations:
        answer = operations.delete(f"/partners/{partner.id}/secrets")
        assert (answer.status_code, answer.json()["secrets"]) == (200, [])
        assert client.get("/referrals").status_code == 401
        assert asked(intake, partner.id, partner.secret).status_code == 401
        fresh = operations.post(f"/partners/{partner.id}/secrets").json()["clientSecret"]
        assert asked(intake, partner.id, fresh).status_code == 200


@pytest.mark.parametrize(
    ("method", "below", "body"), [("DELETE", "/secrets", None), ("PATCH", "", {"status": "suspended"})]
)
def test_a_token_issued_while_its_partner_is_being_stopped_does_not_outlive_that(
    intake: Intake, method: str, below: str, body: Any
) -> None:
    """Stopping waits for tokens that are being given out; who has the partner's secret asks on meanwhile."""
    partner = intake.partner()
    waits = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with intake.operations() as operations, ThreadPoolExecutor(1) as pool:
        with closing(psycopg2.connect(intake.database_url)) as giving, giving.cursor() as cursor:
            cursor.execute("select 1 from intake.partner where partner_id = %s for share", [partner.id])
            stopping = pool.submit(operations.request, method, f"/partners/{partner.id}{below}", json=body)
            until(lambda: intake.rows(waits), "stopping it waits")
            token = asked(intake, partner.id, partner.secret).json()["access_token"]
        assert stopping.result().status_code == 200
        operations.patch(f"/partners/{partner.id}", json={"status": "active"})
    with intake.client(token) as client:
        assert client.get("/referrals").status_code == 401


def test_changing_a_partner_and_taking_in_its_referrals_wait_not_for_each_other(intake: Intake) -> None:
    """A referral refers to its partner until its transaction ends; a change of the partner holds the row as long."""
    partner = intake.partner()
    client = partner.client()
    with client, closing(psycopg2.connect(intake.database_url)) as other, other.cursor() as cursor:
        cursor.execute("select 1 from intake.partner where partner_id = %s for key share", [partner.id])
        with intake.operations() as operations:
            changed = operations.patch(f"/partners/{partner.id}", json={"feedback": ["placed"]}, timeout=5)
        assert changed.status_code == 200
        other.rollback()
        cursor.execute("update intake.partner set changed_at = changed_at where partner_id = %s", [partner.id])
        assert client.post("/referrals", json=referral(), timeout=5).status_code == 201


def test_one_is_found_by_its_whole_name(intake: Intake) -> None:
    with intake.operations() as operations:
        made = operations.post("/libraries", json=library()).json()
        partner = operations.post("/partners", json={"name": name()}).json()
        for path, one, key in (("/libraries", made, "libraryId"), ("/partners", partner, "partnerId")):
            found = operations.get(path, params={"name": one["name"].upper()}).json()["items"]
            assert [each[key] for each in found] == [one[key]]
            assert operations.get(path, params={"name": one["name"][:-1]}).json()["items"] == []


def test_only_operations_may_register(intake: Intake) -> None:
    with (
        intake.coordinator(str(uuid.uuid4())) as staff,
        intake.partner().client() as partner,
        intake.client() as anyone,
    ):
        for client, status in ((staff, 403), (partner, 403), (anyone, 401)):
            assert client.post("/libraries", json=library()).status_code == status
            assert client.post("/partners", json={"name": name()}).status_code == status
            assert client.get("/partners").status_code == status


def test_a_partner_refers_on_the_terms_that_were_agreed(intake: Intake) -> None:
    with intake.operations() as operations:
        made = operations.post("/partners", json={"name": name()}).json()
        assert (made["purposes"], made["legalBases"], made["legalBasisText"]) == (
            ["guidance-to-activities"], ["agreement", "consent", "public-task"], None,
        )  # fmt: skip
        path = f"/partners/{made['partnerId']}"
        unexplained = operations.patch(path, json={"legalBases": ["other"]})
        assert [error["field"] for error in unexplained.json()["errors"]] == ["legalBasisText"]
        terms = {"legalBases": ["other", "public-task"], "legalBasisText": "Zorgplicht van de school",
                 "purposes": ["education-support", "guidance-to-activities"]}  # fmt: skip
        changed = operations.patch(path, json=terms).json()
        assert changed["purposes"] == terms["purposes"]
        assert operations.patch(path, json={"legalBases": []}).status_code == 400
        assert operations.get(path).json()["legalBasisText"] == "Zorgplicht van de school"
    partner = Partner(intake, made["partnerId"], made["clientSecret"])
    here = fresh_place()
    library = intake.library(here)
    with partner.client() as client, intake.coordinator(library) as coordinator:
        refused = client.post("/referrals", json=referral(municipality=here, legalBasis="consent")).json()
        assert [error["code"] for error in refused["errors"]] == ["legal-basis-outside-agreement"]
        taken = client.post("/referrals", json=referral(municipality=here, legalBasis="other")).json()
        assert taken["purpose"] == "education-support"
        person = coordinator.get(f"/participants/{taken['participantId']}").json()
        assert person["legalBasisText"] == "Zorgplicht van de school"


def test_the_last_use_of_each_secret_is_shown(intake: Intake) -> None:
    partner = intake.partner()
    with intake.operations() as client:
        second = client.post(f"/partners/{partner.id}/secrets").json()["clientSecret"]
        assert asked(intake, partner.id, second).status_code == 200
        secrets = client.get(f"/partners/{partner.id}").json()["secrets"]
    assert [one["lastUsedAt"] is not None for one in secrets] == [False, True]
