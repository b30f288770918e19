"""Who sees what: partners their own as far as was agreed, staff their library's, and nobody a stranger's."""

from __future__ import annotations

import itertools
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.migrations import migrate
from chassis.testing import Harness
from contracts.activities import EnrolmentEnded, ParticipantEnrolled, PlaceHeld
from services.intake.service import IntakeService
from tests.support.events import event
from tests.support.intake_process import Intake, fresh_place, referral


@pytest.fixture
def here() -> str:
    """A municipality that no other test uses."""
    return fresh_place()


@pytest.fixture
def planning(intake: Intake) -> Any:
    """Tells intake what became of a need, as activities would."""
    migrate(intake.database_url, "intake")
    told = itertools.count(1)
    with Harness(IntakeService, intake.database_url, **intake.settings) as harness:

        def tell(kind: Any, made: dict[str, Any], enrolment_id: str, **more: Any) -> None:
            need = made["needs"][0]
            data = {"enrolment_id": enrolment_id, "referral_id": made["referralId"], "need_id": need["needId"],
                    "activity_id": str(uuid.uuid4()), "library_id": made["libraryId"], "kind": need["kind"],
                    "municipality": made["municipality"], "starts_at": datetime.now(UTC), **more}  # fmt: skip
            harness.deliver([event(kind, enrolment_id, data, sequence=next(told))])

        yield tell


def test_a_foreign_partner_finds_nothing(intake: Intake, here: str) -> None:
    intake.library(here)
    with intake.partner().client() as mine, intake.partner().client() as foreign:
        made = mine.post("/referrals", json=referral(municipality=here)).json()
        file = mine.post("/referral-files", content=b"x;y", headers={"Content-Type": "text/csv"})
        assert file.status_code == 400
        path = f"/referrals/{made['referralId']}"
        assert mine.get(path).status_code == 200
        answer = foreign.get(path)
        missing = foreign.get(f"/referrals/{uuid.uuid4()}")
        assert (answer.status_code, missing.status_code) == (404, 404)
        assert answer.json()["detail"] == missing.json()["detail"]
        assert foreign.get("/referrals").json()["items"] == []
        assert foreign.get("/referrals", params={"participantId": made["participantId"]}).json()["items"] == []
        assert mine.get(f"/participants/{made['participantId']}").status_code == 404
        assert foreign.get(f"/participants/{made['participantId']}").status_code == 404


def test_staff_see_those_of_their_library_alone(intake: Intake, here: str) -> None:
    library, elsewhere = intake.library(here), intake.library()
    with intake.partner().client() as partner:
        made = partner.post("/referrals", json=referral(municipality=here)).json()
    with intake.coordinator(library) as own, intake.coordinator(elsewhere) as other:
        seen = own.get(f"/referrals/{made['referralId']}").json()
        assert seen["caseWorker"]["name"] == "Joris Velhuizen"
        assert "reference" not in seen
        person = own.get(f"/participants/{made['participantId']}").json()
        assert (person["familyName"], person["phone"], person["remarks"]) == (
            "Qadirovane", "+31600000123", "Liefst samen met haar zus.",
        )  # fmt: skip
        assert [row["referralId"] for row in own.get("/referrals").json()["items"]] == [made["referralId"]]
        assert other.get(f"/referrals/{made['referralId']}").status_code == 404
        assert other.get(f"/participants/{made['participantId']}").status_code == 404
        assert made["referralId"] not in other.get("/referrals").text
        decision = other.post(f"/referrals/{made['referralId']}/decisions", json={"decision": "accept"})
        assert decision.status_code == 404


def test_what_no_library_has_is_seen_where_the_partner_works_and_named_to_nobody(intake: Intake, here: str) -> None:
    near, far = intake.library(here), intake.library()
    with intake.partner(municipalities=[here]).client() as partner:
        made = partner.post("/referrals", json=referral(municipality=None)).json()
        assert (made["libraryId"], made["triageReasons"]) == (None, ["municipality-unknown"])
    with intake.coordinator(near) as coordinator, intake.coordinator(far) as other:
        path = f"/referrals/{made['referralId']}"
        assert coordinator.get(path).status_code == 200
        assert coordinator.get(f"/participants/{made['participantId']}").status_code == 404
        assert [row["referralId"] for row in coordinator.get("/referrals").json()["items"]] == [made["referralId"]]
        assert other.get(path).status_code == 404
        said = {"decision": "accept", "municipality": here, "libraryId": far}
        assert coordinator.post(f"{path}/decisions", json=said).status_code == 403
        accepted = coordinator.post(f"{path}/decisions", json={"decision": "accept", "municipality": here})
        assert accepted.json()["libraryId"] == near
        assert coordinator.get(f"/participants/{made['participantId']}").status_code == 200


def test_two_coordinators_do_not_overwrite_each_other(intake: Intake, here: str) -> None:
    library = intake.library(here)
    with intake.partner().client() as partner:
        made = partner.post("/referrals", json=referral(municipality=here, legalBasis=None)).json()
    path = f"/referrals/{made['referralId']}"
    with intake.coordinator(library) as one, intake.coordinator(library) as two:
        seen = one.get(path).headers["ETag"]
        assert two.post(f"{path}/decisions", json={"decision": "reject", "reason": "duplicate"}).status_code == 201
        accept = {"decision": "accept", "legalBasis": "consent"}
        late = one.post(f"{path}/decisions", json=accept, headers={"If-Match": seen})
        assert late.status_code == 412
        assert one.post(f"{path}/decisions", json=accept).status_code == 409
        assert one.get(path).json()["rejectionReason"] == "duplicate"


def test_a_rejection_without_a_reason_is_no_decision(intake: Intake, here: str) -> None:
    library = intake.library(here)
    with intake.partner().client() as partner:
        made = partner.post("/referrals", json=referral(municipality=here, legalBasis=None)).json()
    with intake.coordinator(library) as coordinator:
        answer = coordinator.post(f"/referrals/{made['referralId']}/decisions", json={"decision": "reject"})
    assert [error["field"] for error in answer.json()["errors"]] == ["reason"]


def test_what_is_still_missing_is_named(intake: Intake) -> None:
    near = intake.library()
    with intake.partner().client() as partner:
        made = partner.post("/referrals", json=referral(municipality="GM0999", legalBasis=None, informed=None)).json()
    with intake.coordinator(near) as coordinator:
        path = f"/referrals/{made['referralId']}/decisions"
        answer = coordinator.post(path, json={"decision": "accept"})
        assert coordinator.post(path, json={"decision": "reject", "reason": "not-our-area"}).status_code == 201
    said = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert said == {
        "legalBasis": "The legal basis is still missing.",
        "informed": "When the person was informed is still missing.",
        "libraryId": "No library serves this municipality; say which of yours takes it.",
    }


def test_nobody_answered_before_the_referral_or_tomorrow(intake: Intake, here: str, planning: Any) -> None:
    library, held = intake.library(here), str(uuid.uuid4())
    with intake.partner().client() as partner, intake.coordinator(library) as coordinator:
        made = partner.post("/referrals", json=referral(municipality=here)).json()
        planning(PlaceHeld, made, held)
        path = f"/referrals/{made['referralId']}/needs/{made['needs'][0]['needId']}/placement-answers"
        said = {"answer": "agreed", "enrolmentId": held, "answeredBy": "participant", "channel": "call"}
        codes = []
        for away in (timedelta(days=-1), timedelta(days=1)):
            answer = coordinator.post(path, json={**said, "answeredAt": (datetime.now(UTC) + away).isoformat()})
            codes += [error["code"] for error in answer.json()["errors"]]
        assert codes == ["before-referral", "date-in-future"]
        just_now = {**said, "answeredAt": datetime.now(UTC).isoformat()}
        assert coordinator.post(path, json=just_now).status_code == 201


def test_the_partner_follows_each_step_as_far_as_was_agreed(intake: Intake, here: str, planning: Any) -> None:
    library = intake.library(here)
    everything, usual, little = ["placed", "ended", "reasons"], ["placed", "ended"], []
    seen: dict[str, Any] = {}
    for agreed in (everything, usual, little):
        partner, held = intake.partner(feedback=agreed), str(uuid.uuid4())
        with partner.client() as client, intake.coordinator(library) as coordinator:
            made = client.post("/referrals", json=referral(municipality=here)).json()
            planning(PlaceHeld, made, held)
            path = f"/referrals/{made['referralId']}/needs/{made['needs'][0]['needId']}/placement-answers"
            said = {"answer": "agreed", "enrolmentId": held, "answeredBy": "participant", "channel": "call"}
            answered = coordinator.post(path, json=said, headers={"Idempotency-Key": held})
            assert answered.status_code == 201, answered.text
            repeated = coordinator.post(path, json=said, headers={"Idempotency-Key": held})
            assert repeated.json() == answered.json()
            assert coordinator.post(path, json=said).status_code == 409
            planning(ParticipantEnrolled, made, held)
            planning(EnrolmentEnded, made, held, reason="personal-circumstances")
            shown = client.get(f"/referrals/{made['referralId']}").json()
            filtered = client.get("/referrals", params={"status": "in-progress"})
        need = shown["needs"][0]
        steps = [step["what"] for step in need["timeline"]]
        seen[str(agreed)] = (shown["status"], need["status"], need.get("reason"), "enrolmentId" in need, steps[2:],
                             filtered.status_code)  # fmt: skip
    all_steps = ["place-held", "agreed", "enrolled", "ended"]
    assert seen == {
        str(everything): ("accepted", "cancelled", "personal-circumstances", True, all_steps, 200),
        str(usual): ("accepted", "cancelled", None, True, all_steps, 200),
        str(little): ("accepted", "accepted", None, False, [], 400),
    }


def test_the_same_request_twice_makes_one_referral(intake: Intake, here: str) -> None:
    intake.library(here)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    with intake.partner().client() as partner:
        first = partner.post("/referrals", json=referral(municipality=here), headers=key)
        again = partner.post("/referrals", json=referral(municipality=here), headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        other = partner.post("/referrals", json=referral(municipality=here, remarks="Anders."), headers=key)
        assert other.status_code == 422
        assert len(partner.get("/referrals").json()["items"]) == 1


def test_lists_are_filtered_and_paged(intake: Intake, here: str) -> None:
    library = intake.library(here)
    with intake.partner().client() as partner, intake.coordinator(library) as coordinator:
        made = [partner.post("/referrals", json=referral(municipality=here)).json() for _ in range(3)]
        waiting = partner.post("/referrals", json=referral(municipality=here, informed=None)).json()
        requested = coordinator.get("/referrals", params={"status": "requested"}).json()
        assert [row["referralId"] for row in requested["items"]] == [waiting["referralId"]]
        page = coordinator.get("/referrals", params={"status": "accepted", "municipality": here, "limit": 2}).json()
        rest = coordinator.get(page["next"]).json()
        ids = [row["referralId"] for row in page["items"] + rest["items"]]
        assert ids == [one["referralId"] for one in reversed(made)]
        assert rest["next"] is None
        nowhere = coordinator.get("/referrals", params={"municipality": "GM0001"}).json()
        assert nowhere["items"] == []
        assert coordinator.get("/referrals", params={"status": "nonsense"}).status_code == 400


def test_duplicates_are_shown_to_staff_and_not_to_partners(intake: Intake, here: str) -> None:
    library = intake.library(here)
    with intake.partner().client() as one, intake.partner().client() as two, intake.coordinator(library) as staff:
        first = one.post("/referrals", json=referral(municipality=here)).json()
        second = two.post("/referrals", json=referral(municipality=here)).json()
        assert "duplicates" not in second
        assert staff.get(f"/referrals/{second['referralId']}").json()["duplicates"] == [first["referralId"]]
        assert staff.get(f"/referrals/{first['referralId']}").json()["duplicates"] == [second["referralId"]]
        person = staff.get(f"/participants/{second['participantId']}").json()
        assert person["sameAs"] == first["participantId"]


def test_for_a_child_a_coordinator_names_the_guardian_whom_nobody_named(intake: Intake, here: str) -> None:
    library = intake.library(here)
    child = {"givenName": "Sami", "familyName": "Qadirovane", "birthDate": f"{datetime.now(UTC).year - 9}-01-01",
             "phone": "06-00000123"}  # fmt: skip
    with intake.partner().client() as partner, intake.coordinator(library) as coordinator:
        made = partner.post("/referrals", json=referral(municipality=here, participant=child)).json()
        assert (made["status"], made["triageReasons"]) == ("requested", ["guardian-missing"])
        path = f"/referrals/{made['referralId']}/decisions"
        bare = coordinator.post(path, json={"decision": "accept"})
        assert [(e["field"], e["code"]) for e in bare.json()["errors"]] == [("guardian", "guardian-missing")]
        unreachable = {"name": "Zahra", "phone": "bel maar"}
        wrong = coordinator.post(path, json={"decision": "accept", "guardian": unreachable})
        assert [(e["field"], e["code"]) for e in wrong.json()["errors"]] == [("guardian.phone", "phone-unreadable")]
        guardian = {"name": "Zahra Qadirovane", "relation": "parent", "phone": "06-00000124"}
        accepted = coordinator.post(path, json={"decision": "accept", "guardian": guardian})
        assert (accepted.status_code, accepted.json()["status"]) == (201, "accepted"), accepted.text
        person = coordinator.get(f"/participants/{made['participantId']}").json()
        assert person["contactPerson"] == {**guardian, "phone": "+31600000124"}
        assert person["familyName"] == "Qadirovane"


def test_a_child_waits_for_a_guardian_also_where_a_library_comes_later(intake: Intake, here: str) -> None:
    child = {"familyName": "Qadirovane", "birthDate": f"{datetime.now(UTC).year - 9}-01-01", "phone": "06-00000123"}
    with intake.partner().client() as partner:
        made = partner.post("/referrals", json=referral(municipality=here, participant=child)).json()
        assert made["triageReasons"] == ["guardian-missing", "municipality-not-served"]


def test_the_postcode_of_a_shielded_address_is_told_to_nobody(intake: Intake, here: str) -> None:
    library = intake.library(here)
    person = {"familyName": "Qadirovane", "phone": "06-00000123", "shieldedAddress": True}
    with intake.partner().client() as partner, intake.coordinator(library) as coordinator:
        made = partner.post("/referrals", json=referral(municipality=here, participant=person)).json()
        path = f"/referrals/{made['referralId']}"
        assert coordinator.get(f"/participants/{made['participantId']}").json()["postcode4"] == "7411"
        refused = coordinator.patch(path, json={"postcode4": "7412"})
        assert [error["code"] for error in refused.json()["errors"]] == ["address-shielded"]
        assert coordinator.patch(path, json={"spokenLevel": "B1"}).status_code == 200
    told = intake.rows("select body from chassis.outbox where subject = %s", f"referral/{made['referralId']}")
    assert told
    assert [json.loads(body)["data"].get("postcode4") for (body,) in told] == [None] * len(told)
