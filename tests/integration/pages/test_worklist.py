"""What a coordinator finds first: what is due first on top, how much there is of each, and a referral by its number."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.pages.conftest import running
from tests.support.intake_process import Intake, Partner, fresh_place, referral
from tests.support.openid_provider import OpenIdProvider
from tests.support.servers import TestPostgres
from tests.support.visitor import Visitor

Refer = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def intake(postgres: TestPostgres, openid: OpenIdProvider) -> Iterator[Intake]:
    """One of our own: what no library has yet stands on everybody's list, whichever test left it."""
    with running(postgres, openid) as intake:
        yield intake


@pytest.fixture
def here() -> str:
    """A municipality that no other test uses."""
    return fresh_place()


@pytest.fixture
def library_id(intake: Intake, here: str) -> str:
    return intake.library(here)


@pytest.fixture
def partner(intake: Intake) -> Partner:
    return intake.partner()


@pytest.fixture
def refer(intake: Intake, here: str, library_id: str, partner: Partner) -> Refer:
    def made(*, contact_by: str | None = None, days_ago: int = 0, **said: Any) -> dict[str, Any]:
        with partner.client() as client:
            answer = client.post("/referrals", json=referral(municipality=here, **said))
        assert answer.status_code == 201, answer.text
        found = dict(answer.json())
        intake.rows(
            "update intake.referral set received_at = %s, contact_by = coalesce(%s::date, contact_by) "
            "where referral_id = %s returning 1",
            datetime.now(UTC) - timedelta(days=days_ago), contact_by, found["referralId"],
        )  # fmt: skip
        return found

    return made


@pytest.fixture
def coordinator(visitor: Visitor, provider: OpenIdProvider, library_id: str) -> Visitor:
    provider.who = {"sub": "sanne", "name": "Sanne", "roles": ["coordinator"], "libraries": [library_id]}
    assert visitor.sign_in("/intake").status_code == 200
    return visitor


def numbers(coordinator: Visitor, address: str) -> list[str]:
    """The reference numbers on a page of the list, in order."""
    answer = coordinator.get(address)
    assert answer.status_code == 200, answer.text
    return re.findall(r'class="table__link"[^>]*>([^<]+)<', answer.text)


def test_what_is_due_first_stands_on_top_and_then_what_waits_longest(
    coordinator: Visitor, refer: Refer, intake: Intake, library_id: str
) -> None:
    soon = refer(contact_by="2999-01-02")
    late = refer(contact_by="2020-01-02", informed=None)
    old, new = refer(days_ago=9), refer(days_ago=3)
    with intake.coordinator(library_id) as staff:
        for one in (new, old):
            tried = {"channel": "call", "outcome": "no-answer"}
            assert staff.post(f"/referrals/{one['referralId']}/contact-attempts", json=tried).status_code == 201
    order = [one["referenceNumber"] for one in (late, old, new, soon)]
    assert numbers(coordinator, "/intake/referrals") == order
    assert numbers(coordinator, "/intake/referrals?limit=3") == order[:3]
    assert coordinator.page is not None
    following = re.findall(r'href="([^"]+)" rel="next"', coordinator.page.text)
    assert [numbers(coordinator, html.unescape(address)) for address in following] == [order[3:]]
    assert numbers(coordinator, "/intake/referrals?todo=late") == [late["referenceNumber"]]
    assert numbers(coordinator, "/intake/referrals?todo=decide") == [late["referenceNumber"]]
    assert numbers(coordinator, "/intake/referrals?todo=contact") == order[1:]
    assert numbers(coordinator, "/intake/referrals?older=5") == [old["referenceNumber"]]
    assert numbers(coordinator, "/intake/referrals?status=accepted&older=2") == [
        new["referenceNumber"], old["referenceNumber"],
    ]  # fmt: skip
    assert numbers(coordinator, "/intake/referrals?municipality=GM0150") == []


def test_a_deadline_is_said_in_words(coordinator: Visitor, refer: Refer) -> None:
    refer(contact_by="2020-01-02")
    text = coordinator.get("/intake/referrals").text
    assert re.search(r'class="due due--late">100 werkdagen te laat<', text)


def test_whom_nobody_reached_is_tried_again_from_the_next_working_day_on(
    coordinator: Visitor, refer: Refer, intake: Intake, library_id: str
) -> None:
    today, later, spoken = refer(), refer(), refer()
    long_ago = (datetime.now(UTC) - timedelta(days=10)).isoformat()
    intake.rows("update intake.referral set received_at = received_at - interval '20 days' returning 1")
    with intake.coordinator(library_id) as staff:
        for one, said in (
            (today, {"outcome": "no-answer", "attemptedAt": long_ago}),
            (later, {"outcome": "message-left"}),
            (spoken, {"outcome": "no-answer", "attemptedAt": long_ago}),
            (spoken, {"outcome": "reached"}),
        ):
            path = f"/referrals/{one['referralId']}/contact-attempts"
            assert staff.post(path, json={"channel": "call", **said}).status_code == 201
    assert numbers(coordinator, "/intake/referrals?todo=again") == [today["referenceNumber"]]
    assert coordinator.page is not None
    assert re.search(r'todo=again"[^>]*>vandaag nog eens proberen <span[^>]*>1<', coordinator.page.text)
    assert '<span class="due due--soon">vandaag nog eens proberen</span>' in coordinator.page.text
    both = [today["referenceNumber"], later["referenceNumber"]]
    assert numbers(coordinator, "/intake/referrals?todo=contact") == both, "whoever is due first stands on top"
    assert "Probeer het vandaag nog eens." in coordinator.get(f"/intake/referrals/{today['referralId']}").text
    assert "Probeer het nog eens vanaf: <strong>" in coordinator.get(f"/intake/referrals/{later['referralId']}").text
    day = "select try_on from intake.referral where referral_id = %s"
    assert intake.rows(day, spoken["referralId"]) == [(None,)]
    with intake.coordinator(library_id) as staff:
        asked = staff.post(f"/referrals/{today['referralId']}/questions", json={"question": "contact-details"})
        assert asked.status_code == 201
    assert intake.rows(day, today["referralId"]) == [(None,)]


def offered(page: str) -> set[str]:
    """The municipalities that a list can be filtered by."""
    found = re.search(r'<select class="input" id="filter-municipality".*?</select>', page, re.DOTALL)
    assert found is not None
    return set(re.findall(r'<option value="(GM\d+)"', found[0]))


def test_a_list_is_filtered_by_municipalities_where_one_works(
    visitor: Visitor, provider: OpenIdProvider, intake: Intake
) -> None:
    here, there = "GM0141", "GM0163"
    library_id = intake.library(here)
    intake.library(there)
    provider.who = {"sub": "sanne", "name": "Sanne", "roles": ["coordinator"], "libraries": [library_id]}
    assert visitor.sign_in("/intake").status_code == 200
    assert offered(visitor.get("/intake/referrals").text) == {here}
    assert offered(visitor.get("/intake/referrals?municipality=GM0150").text) == {here, "GM0150"}
    with intake.partner().client() as client:
        made = client.post("/referrals", json=referral(municipality=there)).json()
    with intake.coordinator(made["libraryId"]) as staff:
        given = {"libraryId": library_id, "reason": "moved"}
        assert staff.post(f"/referrals/{made['referralId']}/transfers", json=given).status_code == 201
    assert offered(visitor.get("/intake/referrals").text) == {here, there}


def test_a_case_worker_filters_by_municipalities_that_were_agreed(
    intake: Intake, visitor: Visitor, provider: OpenIdProvider
) -> None:
    partner = intake.partner(municipalities=["GM0150", "GM0141"])
    provider.who = {"sub": "mirte", "name": "Mirte", "roles": ["case-worker"], "org": partner.id,
                    "municipalities": ["GM0150", "GM0193"]}  # fmt: skip
    assert visitor.sign_in("/intake").status_code == 200
    assert offered(visitor.get("/intake/referrals").text) == {"GM0150"}


def test_the_first_page_says_how_much_waits(coordinator: Visitor, refer: Refer) -> None:
    assert "Er wacht niets op je." in coordinator.get("/intake").text
    refer(contact_by="2020-01-02")
    refer(informed=None)
    text = " ".join(re.sub(r"<[^>]+>", " ", coordinator.get("/intake").text).split())
    assert "1 termijn voorbij 1 besluiten 1 contact opnemen" in text


def test_a_planned_talk_is_due_on_its_day_and_stays_until_it_is_recorded(
    coordinator: Visitor, refer: Refer, intake: Intake, library_id: str
) -> None:
    made, at = refer(), datetime.now(UTC) + timedelta(days=2)
    with intake.coordinator(library_id) as staff:
        path = f"/referrals/{made['referralId']}"
        planned = {"channel": "call", "outcome": "intake-planned", "intakeAt": at.isoformat()}
        assert staff.post(f"{path}/contact-attempts", json=planned).status_code == 201
        missed = {"channel": "call", "outcome": "no-answer"}
        assert staff.post(f"{path}/contact-attempts", json=missed).status_code == 201
        assert numbers(coordinator, "/intake/referrals?todo=talk") == [made["referenceNumber"]]
        when = intake.rows("select intake_at from intake.referral where referral_id = %s", made["referralId"])
        assert when == [(at,)]
        assert staff.post(f"{path}/intake-talks", json={"channel": "in-person"}).status_code == 201
    assert numbers(coordinator, "/intake/referrals?todo=talk") == []
    assert intake.rows("select intake_at from intake.referral where referral_id = %s", made["referralId"]) == [(None,)]


@pytest.mark.parametrize("spelled", [str, str.lower, lambda number: number.replace("-", " ")])
def test_a_referral_is_found_by_its_number(coordinator: Visitor, refer: Refer, spelled: Callable[[str], str]) -> None:
    made = refer()
    answer = coordinator.get("/intake/referrals", params={"number": spelled(made["referenceNumber"])})
    assert answer.headers["Location"] == f"/intake/referrals/{made['referralId']}"


def test_somebody_elses_number_is_not_found_and_not_told_apart_from_a_wrong_one(
    coordinator: Visitor, refer: Refer, intake: Intake
) -> None:
    there = fresh_place()
    intake.library(there)
    with intake.partner().client() as client:
        theirs = client.post("/referrals", json=referral(municipality=there)).json()["referenceNumber"]
    for number in (theirs, "2222-2222", "hallo"):
        answer = coordinator.get("/intake/referrals", params={"number": number})
        assert answer.status_code == 200
        assert "Er is geen aanmelding met dit nummer" in answer.text


def test_nobody_sees_the_work_of_another_library(coordinator: Visitor, refer: Refer, intake: Intake) -> None:
    there = fresh_place()
    intake.library(there)
    with intake.partner().client() as client:
        client.post("/referrals", json=referral(municipality=there)).raise_for_status()
    assert numbers(coordinator, "/intake/referrals") == []
    assert "Er hoeft niets te gebeuren" in coordinator.get("/intake/referrals").text
