"""Until when a library gets in touch, by its own terms; and that it is told, once, when nobody tried."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chassis import metrics
from chassis.testing import Harness
from contracts.activities import EnrolmentEnded, ParticipantEnrolled
from contracts.casework import ReferralOverdue
from contracts.working_days import contact_by
from services.intake import organisations
from services.intake.casework import asking, contacting, ending
from tests.support.intake_desk import HERE, Desk, placed
from tests.support.intake_process import Intake, referral


@pytest.fixture
def desk(harness: Harness) -> Desk:
    return Desk(harness)


def let_days_pass(desk: Desk) -> None:
    """As if every last day had been the day before yesterday."""
    desk.harness.rows("update intake.referral set contact_by = current_date - 2 where contact_by is not null")


def told(desk: Desk) -> list[str]:
    return [event.data["referral_id"] for event in desk.harness.told() if event.event is ReferralOverdue]


def due(desk: Desk, referral_id: str) -> date | None:
    rows = desk.harness.rows("select contact_by from intake.referral where referral_id = %s", referral_id)
    found: date | None = rows[0]["contact_by"]
    return found


def test_a_deadline_that_passes_is_told_once(desk: Desk) -> None:
    (late,), (waiting,) = desk.refer(), desk.refer(referral(legalBasis=None))
    desk.harness.tick("tell-overdue")
    assert told(desk) == []
    let_days_pass(desk)
    desk.harness.tick("tell-overdue")
    desk.harness.tick("tell-overdue")
    assert sorted(told(desk)) == sorted([late.referral_id, waiting.referral_id])
    assert desk.needs(late.referral_id)[0][1] == ["received", "accepted", "overdue"]
    assert desk.status(waiting.referral_id) == "requested"


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (contacting.attempt, {"channel": "call", "outcome": "no-answer"}),
        (contacting.talk, {"channel": "in-person", "spoken_level": "A2"}),
        (asking.ask, {"question": "contact-details"}),
        (ending.close, {"reason": "not-reached"}),
    ],
)
def test_whoever_tried_asked_or_ended_it_is_not_late(
    desk: Desk, done: Callable[..., Any], said: dict[str, Any]
) -> None:
    (made,) = desk.refer()
    desk.work(made.referral_id, done, said)
    assert due(desk, made.referral_id) is None
    let_days_pass(desk)
    desk.harness.tick("tell-overdue")
    assert told(desk) == []


def test_who_takes_it_back_is_waited_for_no_longer(desk: Desk) -> None:
    (made,) = desk.refer()
    desk.work(made.referral_id, ending.withdraw, "moved", by="partner")
    let_days_pass(desk)
    desk.harness.tick("tell-overdue")
    assert told(desk) == []


def test_what_planning_ended_meanwhile_is_not_late(desk: Desk) -> None:
    (made,), place = desk.refer(referral(needs=[{"goal": "speaking"}])), str(uuid.uuid4())
    desk.harness.deliver([placed(ParticipantEnrolled, made, place)])
    desk.harness.deliver([placed(EnrolmentEnded, made, place, reason="job")])
    let_days_pass(desk)
    desk.harness.tick("tell-overdue")
    assert told(desk) == []
    assert due(desk, made.referral_id) is None


def test_after_an_answer_the_library_has_its_days_again(desk: Desk) -> None:
    (made,) = desk.refer()
    let_days_pass(desk)
    desk.harness.tick("tell-overdue")
    desk.work(made.referral_id, asking.ask, {"question": "other"})
    desk.work(made.referral_id, asking.answer, {"text": "Probeer het na zes uur."}, by="partner")
    assert due(desk, made.referral_id) == contact_by(datetime.now(UTC))
    let_days_pass(desk)
    desk.harness.tick("tell-overdue")
    assert told(desk) == [made.referral_id] * 2


def test_each_library_has_its_own_days_and_closing_weeks(desk: Desk) -> None:
    today = datetime.now(UTC).date()
    closed = {"from_": today, "through": today + timedelta(days=40)}
    with desk.harness.unit() as unit:
        service = desk.harness.service(unit)
        said = {"name": "Anders", "mailbox": "taalhuis@example.org", "language": "nl", "contact_within_days": 2,
                "serves": [{"municipality": HERE, "kinds": []}], "closures": [closed]}  # fmt: skip
        organisations.change_library(service.store, service.tell, desk.library_id, said)
    (made,) = desk.refer()
    closures = [(closed["from_"], closed["through"])]
    assert due(desk, made.referral_id) == contact_by(datetime.now(UTC), 2, closures) > closed["through"]
    event = desk.harness.told()[2]
    assert (event.event.slug, event.data["contact_within_days"]) == ("library-changed", 2)
    assert event.data["closures"] == [closed]


def test_one_that_cannot_be_told_of_holds_up_nobody_and_is_tried_again_later(desk: Desk) -> None:
    late, broken, other = desk.refer(*[referral(needs=[{"goal": "speaking"}]) for _ in range(3)])
    let_days_pass(desk)
    desk.harness.rows("update intake.need set phase = 'nonsense' where referral_id = %s", broken.referral_id)
    counted = metrics.timer_put_off.labels("tell-overdue")
    before = counted._value.get()
    for _ in range(2):
        desk.harness.tick("tell-overdue")
    assert sorted(told(desk)) == sorted([late.referral_id, other.referral_id])
    assert desk.needs(broken.referral_id)[0][1] == ["received", "accepted"]
    assert counted._value.get() - before == 1, "the second run left it alone"
    desk.harness.rows("update intake.need set phase = 'to-contact' where referral_id = %s", broken.referral_id)
    with desk.harness.unit(now=datetime.now(UTC) + timedelta(hours=2)) as unit:
        desk.harness.service(unit).tell_overdue()
    assert told(desk)[2:] == [broken.referral_id]


def test_a_library_sets_its_terms_over_http(intake: Intake) -> None:
    library_id = intake.library()
    with intake.operations() as operations:
        before = operations.get(f"/libraries/{library_id}").json()
        assert (before["contactWithinDays"], before["closures"]) == (5, [])
        details = {name: before[name] for name in ("name", "mailbox", "language", "serves")}
        weeks = [{"from": "2026-12-21", "through": "2027-01-01"}]
        said = {**details, "contactWithinDays": 3, "closures": weeks}
        after = operations.put(f"/libraries/{library_id}", json=said)
        assert (after.status_code, after.json()["contactWithinDays"], after.json()["closures"]) == (200, 3, weeks)
        for wrong in ({"from": "2026-12-21", "through": "2026-12-20"}, {"from": "0001-01-01", "through": "9999-12-31"}):
            refused = operations.put(f"/libraries/{library_id}", json={**details, "closures": [wrong]})
            assert refused.status_code == 400, refused.text
