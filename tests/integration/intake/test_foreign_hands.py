"""What is there stays hidden from foreign hands: every address with a real id, tried by who has no business there."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.support.access_table import EXPECTED
from tests.support.intake_process import Intake, Partner, fresh_place, referral, until

BODIES: dict[str, Any] = {
    "POST /referrals/{referralId}/decisions": {"decision": "reject", "reason": "duplicate"},
    "POST /referrals/{referralId}/needs/{needId}/placement-answers": {
        "answer": "agreed", "enrolmentId": str(uuid.uuid4()), "answeredBy": "participant", "channel": "call"},
    "PATCH /referrals/{referralId}": {"spokenLevel": "B1"},
    "POST /referrals/{referralId}/answers": {"text": "Zij woont in Deventer."},
    "POST /referrals/{referralId}/withdrawals": {"reason": "moved"},
    "POST /referrals/{referralId}/questions": {"question": "municipality"},
    "POST /referrals/{referralId}/contact-attempts": {"channel": "call", "outcome": "reached"},
    "POST /referrals/{referralId}/intake-talks": {"channel": "call"},
    "POST /referrals/{referralId}/needs": {"goal": "library-visit"},
    "POST /referrals/{referralId}/closures": {"reason": "moved"},
    "POST /referrals/{referralId}/transfers": {"libraryId": str(uuid.uuid4()), "reason": "moved"},
}  # fmt: skip
"""What the right caller could send; an endpoint that is not here gets an empty body."""
CSV = "Achternaam;Voornaam;Telefoon;Gemeente;Leervraag 1;Verwijzer\nQ;Z;0600000123;{here};speaking;Joris\n"


@pytest.fixture(scope="module")
def here() -> str:
    return fresh_place()


@pytest.fixture(scope="module")
def library(intake: Intake, here: str) -> str:
    return intake.library(here)


@pytest.fixture(scope="module")
def partner(intake: Intake) -> Partner:
    return intake.partner()


@pytest.fixture(scope="module")
def ids(library: str, partner: Partner, here: str) -> dict[str, str]:
    """Of a referral that came by hand, and of a file."""
    with partner.client() as client:
        made = client.post("/referrals", json=referral(municipality=here, legalBasis=None)).json()
        file = client.post("/referral-files", content=CSV.format(here=here).encode(),
                           headers={"Content-Type": "text/csv"}).json()  # fmt: skip
        path = f"/referral-files/{file['referralFileId']}"
        until(lambda: client.get(path).json()["status"] == "done", "the file is done")
    return {
        "referralId": made["referralId"],
        "needId": made["needs"][0]["needId"],
        "participantId": made["participantId"],
        "referralFileId": file["referralFileId"],
    }


Hands = Callable[[Intake, Partner], httpx.Client]
FOREIGN: dict[str, Hands] = {
    "another partner": lambda intake, _: intake.partner().client(),
    "a case worker of another partner": lambda intake, _: intake.case_worker(intake.partner().id, "GM0150"),
    "a case worker of an unknown organisation": lambda intake, _: intake.case_worker(str(uuid.uuid4()), "GM0150"),
    "a case worker of other municipalities": lambda intake, partner: intake.case_worker(partner.id, "GM0001"),
    "a case worker without municipalities": lambda intake, partner: intake.case_worker(partner.id),
    "a coordinator of another library": lambda intake, _: intake.member("coordinator", intake.library()),
    "a coordinator without libraries": lambda intake, _: intake.member("coordinator"),
    "a manager of another library": lambda intake, _: intake.member("library-manager", intake.library()),
    "a reader of reports": lambda intake, _: intake.member("report-reader"),
    "operations": lambda intake, _: intake.operations(),
}
SHARED_WITH_COLLEAGUES = {"a case worker of other municipalities", "a case worker without municipalities"}
"""Files hold people of several municipalities; what is said of them names none."""


def addresses(ids: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and address of everything that is about these."""
    for endpoint in EXPECTED["intake"]:
        method, template = endpoint.split(" ")
        named = re.findall(r"\{([^}]+)\}", template)
        if named and set(named) <= ids.keys():
            yield endpoint, method, re.sub(r"\{([^}]+)\}", lambda found: ids[found[1]], template)


@pytest.mark.parametrize("who", FOREIGN)
def test_foreign_hands_find_nothing(intake: Intake, partner: Partner, ids: dict[str, str], who: str) -> None:
    with FOREIGN[who](intake, partner) as client:
        for endpoint, method, path in addresses(ids):
            if who in SHARED_WITH_COLLEAGUES and "referral-files" in path:
                continue
            body = {} if method == "GET" else {"json": BODIES.get(endpoint, {})}
            answer = client.request(method, path, **body)
            assert answer.status_code in (403, 404), f"{endpoint}: {answer.status_code} {answer.text}"
        for listed in ("/referrals", "/referral-files", "/events"):
            assert ids["referralId"] not in client.get(listed).text
    assert len(list(addresses(ids))) >= 6


def test_nothing_was_done_by_foreign_hands(partner: Partner, ids: dict[str, str]) -> None:
    """After all of the above."""
    with partner.client() as client:
        seen = client.get(f"/referrals/{ids['referralId']}").json()
    assert [step["what"] for need in seen["needs"] for step in need["timeline"]] == ["received"] * len(seen["needs"])


def test_the_right_hands_find_it(
    intake: Intake, library: str, partner: Partner, ids: dict[str, str], here: str
) -> None:
    """Or the test above would prove nothing."""
    path = f"/referrals/{ids['referralId']}"
    for right in (
        partner.client(), intake.case_worker(partner.id, here), intake.member("coordinator", library),
        intake.member("library-manager", library),
    ):  # fmt: skip
        with right as client:
            assert client.get(path).status_code == 200
            assert ids["referralId"] in client.get("/referrals").text


def test_a_case_worker_sees_and_refers_from_the_municipalities_assigned(intake: Intake) -> None:
    partner = intake.partner(municipalities=["GM0150", "GM0193", "GM0153"])
    with partner.client() as machine:
        made = {code: machine.post("/referrals", json=referral(municipality=code)).json()["referralId"]
                for code in ("GM0150", "GM0193")}  # fmt: skip
        unknown = machine.post("/referrals", json=referral(municipality=None)).json()["referralId"]
    with intake.case_worker(partner.id, "GM0150", "GM0141") as worker:
        seen = [row["referralId"] for row in worker.get("/referrals").json()["items"]]
        assert seen == [unknown, made["GM0150"]]
        assert worker.get(f"/referrals/{made['GM0193']}").status_code == 404
        own = worker.post("/referrals", json=referral(municipality="GM0150"))
        assert own.status_code == 201, own.text
        for code in ("GM0193", "GM0141"):
            refused = worker.post("/referrals", json=referral(municipality=code)).json()
            assert [error["code"] for error in refused["errors"]] == ["municipality-outside-agreement"]
            assert refused["errors"][0]["messageDutch"].startswith("Met uw organisatie is afgesproken")


def test_a_suspended_partner_is_out_with_its_case_workers(intake: Intake) -> None:
    partner = intake.partner()
    with intake.operations() as operations:
        changed = operations.patch(f"/partners/{partner.id}", json={"status": "suspended"})
        assert changed.status_code == 200
    with intake.case_worker(partner.id, "GM0150") as worker:
        assert worker.get("/referrals").status_code == 401
        assert worker.post("/referrals", json=referral()).status_code == 401
