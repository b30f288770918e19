"""What people do with a referral, over HTTP: coordinators, the partner, and what each sees of it."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.intake_process import Intake, Partner, fresh_place, referral
from tests.support.issuer import Issuer

SECRET = "Haar nieuwe nummer krijgt u van haar zus in Almelo."


@pytest.fixture
def here() -> str:
    """A municipality that no other test uses."""
    return fresh_place()


class Desk:
    """A library and a partner, with a client each, and one referral between them."""

    def __init__(self, intake: Intake, here: str, partner: Partner) -> None:
        self.library_id = intake.library(here)
        self.partner, self.staff = partner.client(), intake.coordinator(self.library_id)
        self.made = self.partner.post("/referrals", json=referral(municipality=here)).json()
        self.path = f"/referrals/{self.made['referralId']}"

    def work(self, what: str, **said: Any) -> dict[str, Any]:
        """What a coordinator does; the referral as it is then."""
        answer = self.staff.post(f"{self.path}/{what}", json=said)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def seen(self, client: httpx.Client | None = None) -> dict[str, Any]:
        return dict((client or self.staff).get(self.path).json())


@pytest.fixture
def desk(intake: Intake, here: str) -> Any:
    made = Desk(intake, here, intake.partner())
    yield made
    made.partner.close()
    made.staff.close()


def told(intake: Intake, referral_id: str) -> list[dict[str, Any]]:
    """The data of all that intake told of a referral, with the slug, in order; nothing carries it away here."""
    rows = intake.rows("select type, body from chassis.outbox where partition_key = %s order by id", referral_id)
    return [{"told": kind.split(".")[2], **json.loads(bytes(body) if not isinstance(body, str) else body)["data"]}
            for kind, body in rows]  # fmt: skip


def test_a_question_puts_a_referral_on_hold_and_its_answer_takes_it_off(desk: Desk, intake: Intake) -> None:
    before = desk.seen()
    held = desk.work("questions", question="contact-details", text=SECRET)
    assert (held["status"], held["contactBy"]) == ("on-hold", None)
    assert {need["status"] for need in held["needs"]} == {"on-hold"}
    asked = desk.seen(desk.partner)["openQuestion"]
    assert (asked["question"], asked["text"]) == ("contact-details", SECRET)
    answer = desk.partner.post(f"{desk.path}/answers", json={"phone": "06-00000777", "text": "Dit is het nieuwe."})
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "accepted"
    assert "openQuestion" not in answer.json()
    person = desk.staff.get(f"/participants/{desk.made['participantId']}").json()
    assert person["phone"] == "+31600000777"
    assert desk.seen()["contactBy"] == before["contactBy"]
    again = desk.partner.post(f"{desk.path}/answers", json={"text": "Nog een keer."})
    assert again.status_code == 409
    assert "information-requested" in again.json()["allowed"]
    kinds = [event["told"] for event in told(intake, desk.made["referralId"])]
    assert kinds[-2:] == ["referral-information-requested", "referral-changed"]
    assert SECRET not in json.dumps(told(intake, desk.made["referralId"]))


def test_what_was_written_is_read_by_those_it_concerns(desk: Desk, intake: Intake) -> None:
    desk.work("questions", question="other", text=SECRET)
    desk.partner.post(f"{desk.path}/answers", json={"text": "Ja hoor."})
    desk.work("contact-attempts", channel="call", outcome="no-answer", text="Morgen nog eens.")
    mine = desk.staff.get(f"{desk.path}/casework").json()["items"]
    assert [(each["what"], each["by"], each["written"]) for each in mine] == [
        ("contact-attempted", "coordinator", {"text": "Morgen nog eens."}),
        ("answered", "partner", {"text": "Ja hoor."}),
        ("information-requested", "coordinator", {"text": SECRET}),
    ]
    assert mine[0]["actor"] == "coordinator-7"
    assert mine[0]["facts"] == {"channel": "call", "outcome": "no-answer"}
    theirs = desk.partner.get(f"{desk.path}/casework").json()["items"]
    assert [each["what"] for each in theirs] == ["answered", "information-requested"]
    assert "actor" not in theirs[0]
    page = desk.staff.get(f"{desk.path}/casework", params={"limit": 2}).json()
    assert [each["what"] for each in desk.staff.get(page["next"]).json()["items"]] == ["information-requested"]
    assert desk.partner.get(f"{desk.path}/casework", params={"what": "contact-attempted"}).json()["items"] == []
    kept = intake.rows("select facts::text || coalesce(encode(sealed, 'escape'), '') from intake.casework")
    assert not any(SECRET in row for (row,) in kept)


def test_contact_is_sought_planned_and_had(desk: Desk, intake: Intake) -> None:
    soon = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    assert desk.seen()["contact"] == "to-contact"
    missed = desk.work("contact-attempts", channel="call", outcome="no-answer")
    assert (missed["contact"], missed["contactBy"]) == ("to-contact", None)
    planned = desk.work("contact-attempts", channel="message-app", outcome="intake-planned", intakeAt=soon)
    assert [need["businessStatus"] for need in planned["needs"]] == ["matching", "intake-planned"]
    talked = desk.work(
        "intake-talks", channel="in-person", spokenLevel="A2", literacy="latin", literacyHow="test",
        availability=["tue-evening"], wishes="Ze wil graag verpleegkundige worden.", agreed="Dinsdagavond proberen.",
    )  # fmt: skip
    assert talked["contact"] == "done"
    events = told(intake, desk.made["referralId"])
    changed, recorded = events[-2:]
    assert (changed["told"], sorted(changed["changes"])) == ("referral-changed", ["availability", "levels"])
    assert (changed["spokenLevel"], changed["availability"]) == ("A2", ["tue-evening"])
    assert (recorded["told"], recorded["spokenLevelHow"], recorded["literacyHow"]) == (
        "intake-talk-recorded", "talk", "test",
    )  # fmt: skip
    assert "verpleegkundige" not in json.dumps(events)


@pytest.mark.parametrize(
    ("what", "said", "field"),
    [
        ("contact-attempts", {"channel": "call", "outcome": "intake-planned"}, "intakeAt"),
        ("contact-attempts", {"channel": "call", "outcome": "reached", "intakeAt": "2036-01-01T10:00:00Z"}, "intakeAt"),
        ("contact-attempts", {"channel": "call", "outcome": "intake-planned", "intakeAt": "2020-01-01T10:00:00Z"},
         "intakeAt"),
        ("contact-attempts", {"channel": "call", "outcome": "reached", "attemptedAt": "2020-01-01T10:00:00Z"},
         "attemptedAt"),
        ("contact-attempts", {"channel": "call", "outcome": "reached", "text": "Zij heeft PTSS."}, "text"),
        ("intake-talks", {"channel": "call", "spokenLevel": "A1", "spokenLevelOn": "2036-01-01"}, "spokenLevelOn"),
        ("questions", {"question": "other", "text": "Klopt BSN 111222333?"}, "text"),
        ("closures", {"reason": "referred-onward"}, "onward"),
        ("closures", {"reason": "job", "onward": {"to": "school", "warmHandover": True}}, "onward"),
        ("transfers", {"libraryId": "01970001-2c1a-7b3e-8f40-5d6a7b8c0001", "reason": "moved"}, "libraryId"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_field(desk: Desk, what: str, said: dict[str, Any], field: str) -> None:
    before = desk.seen()
    answer = desk.staff.post(f"{desk.path}/{what}", json=said)
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert desk.seen() == before


def test_corrections_are_told_only_when_matching_cares(desk: Desk, intake: Intake) -> None:
    tag = desk.staff.get(desk.path).headers["ETag"]
    answer = desk.staff.patch(
        desk.path, json={"spokenLevel": "B1", "spokenLevelHow": "test"}, headers={"If-Match": tag}
    )
    assert answer.status_code == 200, answer.text
    late = desk.staff.patch(desk.path, json={"spokenLevel": "B2"}, headers={"If-Match": tag})
    assert late.status_code == 412
    desk.staff.patch(desk.path, json={"spokenLevel": "B1", "spokenLevelHow": "diploma"})
    desk.staff.patch(desk.path, json={"features": ["childcare"]})
    changes = [event["changes"] for event in told(intake, desk.made["referralId"]) if "changes" in event]
    assert changes == [["levels"]]


def test_a_need_is_added_and_follows_from_another(desk: Desk, intake: Intake) -> None:
    first = desk.made["needs"][0]["needId"]
    after = desk.work("needs", goal="meeting-people", fromNeedId=first)
    assert [need["goal"] for need in after["needs"]] == ["speaking", "computer-digid", "meeting-people"]
    assert [step["what"] for step in after["needs"][2]["timeline"]] == ["need-added"]
    event = told(intake, desk.made["referralId"])[-1]
    assert (event["told"], event["fromNeedId"], len(event["needs"])) == ("need-added", first, 3)
    assert event["needId"] == after["needs"][2]["needId"]
    strange = desk.staff.post(f"{desk.path}/needs", json={"goal": "speaking", "fromNeedId": str(uuid.uuid4())})
    assert strange.status_code == 404


def test_needs_end_one_by_one_and_the_referral_with_the_last(desk: Desk, intake: Intake) -> None:
    one, other = (need["needId"] for need in desk.made["needs"])
    after = desk.work("closures", reason="goal-reached", needIds=[one])
    assert [need["status"] for need in after["needs"]] == ["completed", "accepted"]
    assert after["status"] == "in-progress"
    onward = {"to": "language-school", "name": "Taalschool Twente", "warmHandover": True}
    over = desk.work("closures", reason="referred-onward", onward=onward)
    assert (over["status"], over["contactBy"], over["allowed"]) == ("completed", None, [])
    first, last = told(intake, desk.made["referralId"])[-2:]
    assert (first["needIds"], first["over"]) == ([one], False)
    assert (last["needIds"], last["over"], last["onwardTo"], last["warmHandover"]) == (
        [other], True, "language-school", True,
    )  # fmt: skip
    assert "Twente" not in json.dumps(last)
    again = desk.staff.post(f"{desk.path}/closures", json={"reason": "job"})
    assert (again.status_code, again.json()["allowed"]) == (409, [])


def test_a_partner_takes_its_referral_back(desk: Desk, intake: Intake) -> None:
    assert desk.staff.post(f"{desk.path}/withdrawals", json={"reason": "moved"}).status_code == 403
    answer = desk.partner.post(f"{desk.path}/withdrawals", json={"reason": "moved"})
    assert (answer.status_code, answer.json()["status"]) == (201, "cancelled")
    assert told(intake, desk.made["referralId"])[-1] == {
        "told": "referral-withdrawn", "referralId": desk.made["referralId"], "partnerId": desk.made["partnerId"],
        "libraryId": desk.library_id, "reason": "moved",
    }  # fmt: skip
    again = desk.partner.post(f"{desk.path}/withdrawals", json={"reason": "entered-in-error"})
    assert (again.status_code, again.json()["allowed"]) == (409, [])


def test_what_was_entered_in_error_is_said_so(desk: Desk) -> None:
    answer = desk.partner.post(f"{desk.path}/withdrawals", json={"reason": "entered-in-error"})
    assert answer.json()["status"] == "entered-in-error"
    listed = desk.partner.get("/referrals", params={"status": "entered-in-error"}).json()["items"]
    assert [each["referralId"] for each in listed] == [desk.made["referralId"]]


def test_another_library_is_the_controller_and_decides_anew(desk: Desk, intake: Intake) -> None:
    there = intake.library()
    moved = desk.work("transfers", libraryId=there, reason="moved", text="Verhuisd naar een broer.")
    assert (moved["libraryId"], moved["status"], moved["triageReasons"]) == (there, "requested", ["transferred"])
    assert desk.staff.get(desk.path).status_code == 404
    assert desk.staff.get(f"/participants/{desk.made['participantId']}").status_code == 404
    event = told(intake, desk.made["referralId"])[-1]
    assert (event["told"], event["fromLibraryId"], event["libraryId"]) == (
        "referral-transferred", desk.library_id, there,
    )  # fmt: skip
    with intake.coordinator(there) as other:
        assert other.get(f"/participants/{desk.made['participantId']}").json()["familyName"] == "Qadirovane"
        accepted = other.post(f"{desk.path}/decisions", json={"decision": "accept", "libraryId": there})
        assert (accepted.status_code, accepted.json()["libraryId"]) == (201, there)
    assert told(intake, desk.made["referralId"])[-1]["libraryId"] == there
    assert desk.seen(desk.partner)["libraryId"] == there


def test_each_step_says_who_did_it_and_the_partner_sees_what_was_agreed(intake: Intake, here: str) -> None:
    little = Desk(intake, here, intake.partner(feedback=[]))
    little.work("contact-attempts", channel="call", outcome="reached")
    little.work("questions", question="level-unclear")
    little.partner.post(f"{little.path}/answers", json={"text": "A1, schatten wij."})
    little.work("closures", reason="declined")
    steps = [(step["what"], step["by"]) for step in little.seen()["needs"][1]["timeline"]]
    assert steps == [
        ("received", "partner"), ("accepted", "rule"), ("contact-attempted", "coordinator"),
        ("information-requested", "coordinator"), ("answered", "partner"), ("closed", "coordinator"),
    ]  # fmt: skip
    assert little.seen()["needs"][1]["timeline"][2]["actor"] == "coordinator-7"
    shown = little.seen(little.partner)
    seen = [step["what"] for step in shown["needs"][1]["timeline"]]
    assert seen == ["received", "accepted", "information-requested", "answered"]
    assert shown["status"] == "accepted"
    assert all("actor" not in step for step in shown["needs"][1]["timeline"])
    assert {"contact", "allowed", "overdueAt"}.isdisjoint(shown)
    little.partner.close()
    little.staff.close()


ENDPOINTS = [
    ("questions", {"question": "other"}),
    ("answers", {"text": "Ja."}),
    ("contact-attempts", {"channel": "call", "outcome": "reached"}),
    ("intake-talks", {"channel": "call"}),
    ("needs", {"goal": "speaking"}),
    ("closures", {"reason": "job"}),
    ("transfers", {"libraryId": "01970001-2c1a-7b3e-8f40-5d6a7b8c0001", "reason": "moved"}),
    ("withdrawals", {"reason": "moved"}),
]


@pytest.mark.parametrize(("what", "said"), ENDPOINTS)
def test_nobody_else_may(desk: Desk, intake: Intake, staff: Issuer, what: str, said: dict[str, Any]) -> None:
    """Not a stranger of the same kind (404), not another role (403), not nobody (401)."""
    before = desk.seen()
    of_partner = what == "withdrawals"
    path = f"{desk.path}/{what}"
    with intake.partner().client() as foreign, intake.coordinator(intake.library()) as elsewhere:
        strangers = [foreign] if of_partner else [elsewhere, foreign] if what == "answers" else [elsewhere]
        assert {client.post(path, json=said).status_code for client in strangers} == {404}
        wrong = [elsewhere] if of_partner else [] if what == "answers" else [foreign, desk.partner]
        assert {client.post(path, json=said).status_code for client in wrong} <= {403}
    for role in ("report-reader", "operations", "library-manager"):
        token = staff.token(sub="x", org=None, roles=[role], libraries=[desk.library_id])
        with intake.client(token) as other:
            assert other.post(path, json=said).status_code == 403
    with intake.client() as nobody:
        assert nobody.post(path, json=said).status_code == 401
    assert desk.seen() == before


def test_a_level_that_is_sent_as_it_was_keeps_how_it_was_measured(desk: Desk, intake: Intake) -> None:
    def measured() -> Any:
        rows = "select spoken_level, spoken_level_how, spoken_level_on::text from intake.referral"
        return intake.rows(f"{rows} where referral_id = %s", desk.made["referralId"])[0]

    tested = {"spokenLevel": "A2", "spokenLevelHow": "test", "spokenLevelOn": "2026-10-05"}
    assert desk.staff.patch(desk.path, json=tested).status_code == 200
    assert desk.staff.patch(desk.path, json={"spokenLevel": "A2", "learnerTrack": "nt2"}).status_code == 200
    assert measured() == ("A2", "test", "2026-10-05")
    desk.work("intake-talks", channel="call", spokenLevel="A2")
    assert measured() == ("A2", "test", "2026-10-05")
    assert desk.staff.patch(desk.path, json={"spokenLevel": "A2", "spokenLevelHow": "diploma"}).status_code == 200
    assert measured() == ("A2", "diploma", None)
    assert desk.staff.patch(desk.path, json={"spokenLevel": "B1"}).status_code == 200
    assert measured() == ("B1", None, None)


GUARDED = {
    "decisions": {"decision": "reject", "reason": "duplicate"},
    "questions": {"question": "other"},
    "intake-talks": {"channel": "call", "spokenLevel": "B1"},
    "closures": {"reason": "job"},
    "transfers": {"libraryId": "01970001-2c1a-7b3e-8f40-5d6a7b8c0001", "reason": "moved"},
    "needs/{need}/placement-answers": {"answer": "agreed", "enrolmentId": "01970001-2c1a-7b3e-8f40-5d6a7b8c0001",
                                       "answeredBy": "participant", "channel": "call"},
}  # fmt: skip


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}])
def test_who_does_not_say_what_they_saw_overwrites_nobody(
    desk: Desk, intake: Intake, staff: Issuer, headers: dict[str, str]
) -> None:
    token = staff.token(sub="hasty", org=None, roles=["coordinator"], libraries=[desk.library_id])
    before = desk.seen()
    with intake.client(token) as hasty:
        answers = [
            hasty.post(f"{desk.path}/{what.format(need=before['needs'][0]['needId'])}", json=said, headers=headers)
            for what, said in GUARDED.items()
        ] + [hasty.patch(desk.path, json={"spokenLevel": "B1"}, headers=headers)]
        for answer in answers:
            assert answer.status_code == 428, (answer.url, answer.text)
            assert f"GET {intake.url}/v1{desk.path}." in answer.json()["detail"]
        assert desk.seen() == before
        added = hasty.post(f"{desk.path}/contact-attempts", json={"channel": "call", "outcome": "no-answer"})
        assert added.status_code == 201, "what only adds a line overwrites nothing"
        stale = hasty.post(f"{desk.path}/closures", json={"reason": "job"}, headers={"If-Match": '"1"'})
        assert stale.status_code == 412


def test_nobody_else_changes_or_reads_casework(desk: Desk, intake: Intake) -> None:
    with intake.partner().client() as foreign, intake.coordinator(intake.library()) as elsewhere:
        assert foreign.get(f"{desk.path}/casework").status_code == 404
        assert elsewhere.get(f"{desk.path}/casework").status_code == 404
        assert elsewhere.patch(desk.path, json={"spokenLevel": "A1"}).status_code == 404
        assert foreign.patch(desk.path, json={"spokenLevel": "A1"}).status_code == 403
    with intake.operations() as operations:
        assert operations.get(f"{desk.path}/casework").status_code == 403


def test_the_same_request_twice_happens_once(desk: Desk, intake: Intake) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    said = {"channel": "call", "outcome": "no-answer"}
    first = desk.staff.post(f"{desk.path}/contact-attempts", json=said, headers=key)
    again = desk.staff.post(f"{desk.path}/contact-attempts", json=said, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert len(desk.staff.get(f"{desk.path}/casework").json()["items"]) == 1
