"""From token to timeline over HTTP, as partners and coordinators do it."""

from __future__ import annotations

import pytest

from tests.support.intake_process import Intake, fresh_place, referral


def municipality() -> str:
    """A municipality that no other test uses."""
    return fresh_place()


def test_a_complete_referral_is_accepted_by_rule_and_routed(intake: Intake) -> None:
    here = municipality()
    library = intake.library(here, name=f"Bibliotheek van {here}")
    with intake.partner().client() as partner:
        answer = partner.post("/referrals", json=referral(municipality=here))
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert made["status"] == "accepted"
        assert made["libraryId"] == library
        assert made["libraryName"] == f"Bibliotheek van {here}"
        assert made["triageReasons"] == []
        assert made["acceptedBy"] == "rule"
        assert made["reference"] == "DOS-4471"
        assert [(n["goal"], n["kind"], n["businessStatus"]) for n in made["needs"]] == [
            ("speaking", "language-cafe", "matching"),
            ("computer-digid", "digital-skills", "to-contact"),
        ]
        assert [step["what"] for step in made["needs"][0]["timeline"]] == ["received", "accepted"]
        seen = partner.get(f"/referrals/{made['referralId']}")
        assert seen.json() == made
        assert seen.headers["ETag"] == answer.headers["ETag"]


def test_a_file_without_content_is_refused_as_such_in_both_languages(intake: Intake) -> None:
    with intake.partner().client() as partner:
        answer = partner.post("/referral-files", content=b"", headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (400, "empty")
    assert answer.json()["detail"].startswith("The file is empty.")
    assert answer.json()["detailDutch"].startswith("Het bestand is leeg.")


def test_what_is_missing_leaves_it_for_triage_and_a_coordinator_supplies_it(intake: Intake) -> None:
    here = municipality()
    library = intake.library(here)
    with intake.partner().client() as partner:
        made = partner.post("/referrals", json=referral(municipality=here, legalBasis=None, informed=None)).json()
        assert made["status"] == "requested"
        assert made["triageReasons"] == ["legal-basis-missing", "person-not-informed"]
    with intake.coordinator(library) as coordinator:
        path = f"/referrals/{made['referralId']}/decisions"
        refused = coordinator.post(path, json={"decision": "accept", "legalBasis": "consent"})
        assert refused.status_code == 400
        assert [error["field"] for error in refused.json()["errors"]] == ["informed"]
        said = {"decision": "accept", "legalBasis": "consent", "informed": {"on": "2026-02-01", "how": "call"}}
        accepted = coordinator.post(path, json=said)
        assert accepted.status_code == 201, accepted.text
        assert accepted.json()["status"] == "accepted"
        assert accepted.json()["acceptedBy"] == "coordinator"
        again = coordinator.post(path, json=said)
        assert again.status_code == 409
        assert not {"accepted", "rejected"} & set(again.json()["allowed"])


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"participant": {"givenName": "Zahra", "phone": "0600000123"}}, "participant.familyName", "required"),
        ({"participant": {"familyName": "  ", "phone": "0600000123"}}, "participant.familyName", "required"),
        ({"participant": {"familyName": "Q", "phone": "bel maar"}}, "participant.phone", "phone-unreadable"),
        ({"participant": {"familyName": "Q"}}, "participant.phone", "contact-missing"),
        ({"caseWorker": {"name": "Mirte", "phone": "bel me"}}, "caseWorker.phone", "phone-unreadable"),
        ({"caseWorker": {"name": "Mirte", "email": "zie boven"}}, "caseWorker.email", "email-unreadable"),
        ({"needs": []}, "needs", "invalid"),
        ({"municipality": None, "postcode4": None}, "municipality", "municipality-missing"),
        ({"remarks": "BSN 111222333"}, "remarks", "bsn"),
        ({"reference": "111222333"}, "reference", "bsn"),
        ({"remarks": "V-nummer 2812345678"}, "remarks", "v-number"),
        ({"remarks": "heeft PTSS"}, "remarks", "health"),
        ({"informed": {"on": "2999-01-01"}}, "informed.on", "date-in-future"),
        ({"voornaam": "Zahra"}, "voornaam", "unknown"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_field(intake: Intake, changed: dict, field: str, code: str) -> None:
    with intake.partner().client() as partner:
        answer = partner.post("/referrals", json=referral(**changed))
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
