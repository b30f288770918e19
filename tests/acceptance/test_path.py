"""The path of a partner's files, from their push to the counts, while every process is killed once on the way."""

from __future__ import annotations

import json
from collections import Counter
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from contracts.catalogue import SERVICES
from contracts.codes import HOUSEHOLD_KINDS
from infra.local.installation import GATEWAY, IDENTITY_PROVIDER, MAIL_CATCHER
from infra.local.processes import until
from ops.api import Api, Lasting
from ops.auditing import Auditor
from ops.commands.audit import audited
from ops.demo.pushing import Pushed, push
from ops.tokens import demo, staff_token
from ops.trouble import Trouble
from tests.support.platform import Platform, persist

EXPECTED: dict[str, Any] = json.loads(Path("examples/expected.json").read_text(encoding="utf-8"))
PROCESSES = [
    "intake", "activities-relay", "activities", "intake-relay", "reporting", "notifications-relay", "notifications",
    "reporting-relay", "postgres", "rabbitmq", MAIL_CATCHER, IDENTITY_PROVIDER, GATEWAY,
]  # fmt: skip


@pytest.fixture(scope="module")
def pushed(platform: Platform) -> list[Pushed]:
    """All files, pushed and through, every process having been killed meanwhile."""
    files: list[Pushed] = list(persist(lambda: list(push(platform.at, demo(), platform.memory))))
    for name in PROCESSES:
        before = platform.kill(name)
        assert until(lambda n=name, b=before: platform.is_back(n, b), 60), f"{name} did not come back"  # type: ignore[misc]
    assert until(platform.all_ready, 60)
    for file in files:
        assert until(lambda f=file: _looked(f), 120), f"{file.name} is not through: {file.facts}"  # type: ignore[misc]
    return files


def _looked(file: Pushed) -> bool:
    try:
        file.look()
    except Trouble:
        return False
    return file.done


@pytest.fixture(scope="module")
def settled(platform: Platform, pushed: list[Pushed]) -> dict[str, Any]:
    """What is counted in all, once nothing is on its way any more."""
    report = audited(platform.target, 120)
    assert report.findings == []
    return report.totals


@pytest.fixture(scope="module")
def referrals(pushed: list[Pushed], settled: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """All referrals of each file, as its partner sees them."""
    return {file.name: list(file.intake.pages("/referrals", referralFileId=file.referral_file_id)) for file in pushed}


@pytest.mark.timeout(600)
def test_every_process_was_killed_once(platform: Platform, settled: dict[str, Any]) -> None:
    assert {name: row["restarts"] for name, row in platform.rows().items()} == dict.fromkeys(PROCESSES, 1)


def test_each_row_of_each_file_became_what_it_must(pushed: list[Pushed]) -> None:
    for file in pushed:
        expected = EXPECTED[file.name]
        counts = {name: file.facts[name] for name in ("rows", "takenIn", "triage", "repeated", "refused")}
        assert counts == {name: expected[name] for name in counts}
        problems = {(one["row"], one["code"]) for one in file.problems()}
        assert problems == {(one["row"], one["code"]) for one in expected["problems"]}


def test_every_referral_and_every_need_is_counted_in_one_state(pushed: list[Pushed], settled: dict[str, Any]) -> None:
    referrals, needs = settled["referrals"], settled["needs"]
    assert referrals["received"] == sum(file.facts["takenIn"] for file in pushed)
    assert referrals["inTriage"] == sum(file.facts["triage"] for file in pushed)
    assert referrals["received"] == referrals["accepted"] + referrals["inTriage"] + referrals["rejected"]
    assert needs["matching"] == 0
    assert needs["placed"] > 100
    assert needs["held"] > 100
    assert needs["waiting"] > 0
    assert needs["received"] == sum(count for state, count in needs.items() if state != "received")


def test_intake_shows_each_partner_where_each_need_stands_as_reporting_counts_it(
    pushed: list[Pushed], referrals: dict[str, list[dict[str, Any]]], settled: dict[str, Any]
) -> None:
    seen: Counter[str] = Counter()
    for file in pushed:
        for referral in referrals[file.name]:
            seen.update(need["businessStatus"] or need["status"] for need in referral["needs"])
    counted = settled["needs"]
    assert seen["held"] == counted["held"]
    assert seen["scheduled"] == counted["placed"]
    assert seen["waitlisted"] == counted["waiting"]
    assert seen.total() == counted["received"]


def test_no_place_was_given_twice(
    platform: Platform, referrals: dict[str, list[dict[str, Any]]], settled: dict[str, Any]
) -> None:
    """Capacity holds through every kill: nobody has two places for one need, no activity is overfull.

    In the kinds for households all of a household take one place.
    """
    household = {one["referralId"]: one["householdId"] for file in referrals.values() for one in file}
    taken: dict[str, set[str]] = {}
    count = 0
    for library in demo().libraries:
        token = Lasting(lambda one=library: staff_token(platform.at, role="coordinator", library=one.library_id))  # type: ignore[misc]
        activities = Api(platform.at.url("activities"), token)
        needs: list[str] = []
        for status in ("held", "final"):
            for enrolment in activities.pages("/enrolments", libraryId=library.library_id, status=status):
                needs.append(enrolment["needId"])
                shared = household[enrolment["referralId"]] if enrolment["kind"] in HOUSEHOLD_KINDS else None
                taken.setdefault(enrolment["activityId"], set()).add(shared or enrolment["needId"])
        assert len(needs) == len(set(needs))
        count += len(needs)
    capacity = {activity.activity_id: activity.capacity for activity in demo().activities}
    assert {one: len(places) for one, places in taken.items() if len(places) > capacity[one]} == {}
    assert count == settled["needs"]["held"] + settled["needs"]["placed"]


def test_each_library_has_one_mail_for_each_file(
    platform: Platform, referrals: dict[str, list[dict[str, Any]]], settled: dict[str, Any]
) -> None:
    """A mail server that is killed while it answers can be given a mail twice: then it is the same mail, by its id."""
    notices = persist(lambda: list(platform.target.operations("notifications").pages("/mails")))
    assert {notice["status"] for notice in notices} == {"delivered"}
    mails: dict[str, tuple[str, str]] = {}
    for path in platform.at.mail.glob("*.eml"):
        with path.open("rb") as file:
            message = BytesParser(policy=policy.default).parse(file)
        mails[str(message["Message-ID"])] = (str(message["To"]), str(message["Subject"]))
    assert len(mails) == len(notices)
    mailbox = {library.library_id: library.mailbox for library in demo().libraries}
    concerned = [{one["libraryId"] for one in file} - {None} for file in referrals.values()]
    expected = Counter(mailbox[library] for libraries in concerned for library in libraries)
    assert Counter(recipient.partition("<")[2].strip(">") for recipient, _ in mails.values()) == expected


def test_no_person_is_named_in_any_mail_or_log(platform: Platform, settled: dict[str, Any]) -> None:
    names = _family_names()
    assert len(names) > 100
    for path in (*platform.at.mail.glob("*.eml"), *platform.at.logs.glob("*.log")):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not [name for name in names if name in text], path.name


def _family_names() -> set[str]:
    text = Path("examples/overijssel-halfjaar.csv").read_text(encoding="utf-8-sig")
    header, *rows = [line.split(",") for line in text.splitlines()]
    column = header.index("Achternaam")
    return {row[column] for row in rows if len(row) == len(header) and len(row[column]) > 6}


def test_a_second_push_changes_nothing(platform: Platform, pushed: list[Pushed], settled: dict[str, Any]) -> None:
    again = list(push(platform.at, demo(), platform.memory))
    assert [file.referral_file_id for file in again] == [file.referral_file_id for file in pushed]
    assert not any(file.is_new for file in again)
    report = Auditor(platform.target.operations).settle(30)
    assert report.clean
    assert report.totals == settled


def test_every_service_told_something(platform: Platform, settled: dict[str, Any]) -> None:
    subjects = audited(platform.target, 30).subjects
    assert {service for service in SERVICES if subjects[service]} == {"intake", "activities", "notifications"}
