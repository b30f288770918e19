"""What an intake talk, or a correction after it, brings to what is known: kept where the referral's own data are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.intake.test_casework_over_http import Desk, told
from tests.support.intake_process import Intake, fresh_place, referral

BARE = {
    "participant": {"familyName": "Qadirovane", "phone": "06-00000123"}, "spokenLevel": None, "availability": None,
    "features": None, "caseWorker": None, "remarks": None, "informed": {"on": "2026-01-05"}, "postcode4": None,
}  # fmt: skip
"""A referral that says no more than is required."""
FOUND = {
    "spokenLevel": "A1", "literacy": "alfa-b", "digitalSkill": "basic", "learnerTrack": "nt2", "postcode4": "7415",
    "availability": ["tue-evening"], "travel": {"minutes": 20, "by": ["bicycle"]}, "features": ["women-only"],
    "civicIntegrationDuty": "yes", "civicIntegrationRoute": ["pip", "b1-route"], "targetGroup": "status-holder",
    "participant": {"contactLanguage": "Tigrinya", "interpreterNeeded": True, "contactPreference": "message-app",
                    "household": {"adults": 2, "childrenAges": [3, 7]}},
    "informed": {"language": "Tigrinya", "how": "oral", "interpreter": False},
    "explicitConsent": {"on": "2026-01-06", "how": "oral", "givenBy": "participant"},
    "caseWorker": {"name": "Joris Velhuizen", "email": "j.velhuizen@example.org"},
}  # fmt: skip
SECRET = ("Tigrinya", "message-app", "bicycle", "b1-route", "Velhuizen", "interpreter", "adults", "consent")


@pytest.fixture
def bare(intake: Intake) -> Any:
    """A desk with a referral of which hardly anything is known."""
    here = fresh_place()
    desk = Desk(intake, here, intake.partner())
    desk.made = desk.partner.post("/referrals", json=referral(**{**BARE, "municipality": here})).json()
    desk.path = f"/referrals/{desk.made['referralId']}"
    yield desk
    desk.partner.close()
    desk.staff.close()


def person(desk: Desk) -> dict[str, Any]:
    return dict(desk.staff.get(f"/participants/{desk.made['participantId']}").json())


def columns(desk: Desk, intake: Intake) -> tuple[Any, ...]:
    return intake.rows(
        "select spoken_level, spoken_level_how, literacy, digital_skill, learner_track, postcode4, availability, "
        "features, civic_integration_duty, target_group, informed_how from intake.referral where referral_id = %s",
        desk.made["referralId"],
    )[0]


def test_what_was_missing_at_referring_is_kept_from_the_intake_talk(bare: Desk, intake: Intake) -> None:
    missing = ["informed.language", "informed.how", "informed.interpreter", "case_worker"]
    assert bare.seen()["incomplete"] == missing
    bare.work("intake-talks", channel="in-person", **FOUND)
    assert bare.seen()["incomplete"] == []
    assert bare.seen()["caseWorker"] == FOUND["caseWorker"]
    known = person(bare)
    assert {name: known[name] for name in FOUND["participant"]} == FOUND["participant"]
    assert (known["travel"], known["civicIntegrationRoute"]) == (FOUND["travel"], FOUND["civicIntegrationRoute"])
    assert known["familyName"] == "Qadirovane"
    assert columns(bare, intake) == (
        "A1", "talk", "alfa-b", "basic", "nt2", "7415", ["tue-evening"], ["women-only"], "yes", "status-holder", "oral",
    )  # fmt: skip


def test_it_is_told_as_far_as_matching_and_counting_need(bare: Desk, intake: Intake) -> None:
    bare.work("intake-talks", channel="in-person", **FOUND)
    events = told(intake, bare.made["referralId"])
    changed = next(event for event in events if event["told"] == "referral-changed")
    assert sorted(changed["changes"]) == [
        "area", "availability", "civic-integration", "features", "levels", "target-group",
    ]  # fmt: skip
    assert (changed["civicIntegrationDuty"], changed["targetGroup"]) == ("yes", "status-holder")
    assert [name for name in SECRET if name in json.dumps(events)] == []


def test_staff_read_which_of_it_was_new_and_nobody_what_it_was(bare: Desk, intake: Intake) -> None:
    bare.work("intake-talks", channel="in-person", **FOUND)
    facts = bare.staff.get(f"{bare.path}/casework").json()["items"][0]["facts"]
    assert set(facts["corrected"]) == {
        "spoken_level", "literacy", "digital_skill", "learner_track", "postcode4", "availability", "travel",
        "features", "civic_integration_duty", "civic_integration_route", "target_group", "contact_language",
        "interpreter_needed", "contact_preference", "household", "informed", "explicit_consent", "case_worker",
    }  # fmt: skip
    kept = intake.rows("select facts::text from intake.casework where referral_id = %s", bare.made["referralId"])
    assert [name for name in ("Tigrinya", "Velhuizen", "bicycle") if name in str(kept)] == []
    bare.work("intake-talks", channel="in-person", **FOUND)
    assert "corrected" not in bare.staff.get(f"{bare.path}/casework").json()["items"][0]["facts"]


def test_what_is_left_out_stays_and_null_is_not_known_after_all(bare: Desk, intake: Intake) -> None:
    bare.work("intake-talks", channel="in-person", **FOUND)
    bare.work("intake-talks", channel="call")
    assert person(bare)["contactLanguage"] == "Tigrinya"
    answer = bare.staff.patch(bare.path, json={"participant": {"contactLanguage": None}, "travel": None})
    assert answer.status_code == 200, answer.text
    after = person(bare)
    assert (after["contactLanguage"], after["interpreterNeeded"], after["travel"]) == (None, True, None)
    assert bare.seen()["incomplete"] == []


def test_only_in_the_evening_becomes_availability(bare: Desk, intake: Intake) -> None:
    bare.work("intake-talks", channel="call", availability=["mon-morning", "tue-evening"], features=["evening-only"])
    assert columns(bare, intake)[6:8] == (["tue-evening"], [])


def test_explicit_consent_that_was_withdrawn_can_be_given_anew(bare: Desk, intake: Intake) -> None:
    bare.work("intake-talks", channel="call", **FOUND)
    withdrawn = "update intake.explicit_consent set withdrawn_at = now() where referral_id = %s returning 1"
    intake.rows(withdrawn, bare.made["referralId"])
    assert bare.seen()["incomplete"] == ["explicit_consent"]
    given = {"on": "2026-02-01", "how": "written", "givenBy": "participant"}
    bare.work("intake-talks", channel="call", explicitConsent=given)
    assert bare.seen()["incomplete"] == []


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"participant": {"contactLanguage": "BSN 111222333"}}, "participant.contactLanguage", "bsn"),
        ({"informed": {"language": "V-nummer 1234567890"}}, "informed.language", "v-number"),
        ({"caseWorker": {"name": "BSN 111222333"}}, "caseWorker.name", "bsn"),
        ({"caseWorker": {"phone": "06-00000001"}}, "caseWorker.name", "required"),
        ({"wishes": "Zij heeft PTSS."}, "wishes", "health"),
        ({"agreed": "Zij is christelijk."}, "agreed", "sensitive"),
        ({"civicIntegrationRoute": ["b1-route", "z-route"]}, "civicIntegrationRoute", "routes-exclude"),
        ({"features": ["evening-only"], "availability": ["mon-morning"]}, "availability",
         "availability-without-evenings"),
        ({"explicitConsent": {"on": "2036-01-01", "how": "oral", "givenBy": "participant"}}, "explicitConsent.on",
         "date-in-future"),
        ({"literacy": "alfa-a", "literacyOn": "2036-01-01"}, "literacyOn", "date-in-future"),
        ({"participant": {"birthDate": "1990-01-01"}}, "participant.birthDate", "unknown"),
        ({"travel": {"minutes": 500}}, "travel.minutes", "invalid"),
    ],
)  # fmt: skip
def test_the_rules_are_those_of_referring(bare: Desk, said: dict[str, Any], field: str, code: str) -> None:
    before = (bare.seen(), person(bare))
    for answer in (
        bare.staff.post(f"{bare.path}/intake-talks", json={"channel": "call", **said}),
        bare.staff.patch(bare.path, json=said),
    ):
        if {"wishes", "agreed"} & said.keys() and answer.request.method == "PATCH":
            continue
        assert answer.status_code == 400, answer.text
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert (bare.seen(), person(bare)) == before


def test_of_a_child_a_parent_or_guardian_gives_the_consent(intake: Intake) -> None:
    here = fresh_place()
    desk = Desk(intake, here, intake.partner())
    child = {"familyName": "Qadirovane", "birthDate": "2020-01-01",
             "contactPerson": {"name": "Zahra", "relation": "parent", "phone": "06-00000123"}}  # fmt: skip
    made = desk.partner.post("/referrals", json=referral(participant=child, municipality=here)).json()
    said = {"channel": "call", "explicitConsent": {"on": "2026-01-06", "how": "oral", "givenBy": "participant"}}
    answer = desk.staff.post(f"/referrals/{made['referralId']}/intake-talks", json=said)
    assert [error["code"] for error in answer.json()["errors"]] == ["consent-by-guardian"]
    desk.partner.close()
    desk.staff.close()


def test_all_that_is_wrong_comes_at_once(bare: Desk) -> None:
    said = {"channel": "call", "wishes": "Zij heeft PTSS.", "participant": {"contactLanguage": "BSN 111222333"},
            "spokenLevel": "A1", "spokenLevelOn": "2036-01-01"}  # fmt: skip
    answer = bare.staff.post(f"{bare.path}/intake-talks", json=said)
    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"wishes", "participant.contactLanguage", "spokenLevelOn"}
