"""A place whose first meeting has begun: said once, and not that anybody came."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chassis.testing import Harness
from contracts.activities import EnrolmentEnded, ParticipantEnrolled, PlaceHeld
from services.intake.casework import asking, ending
from tests.support.intake_desk import Desk, placed
from tests.support.intake_process import referral

BEFORE = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
LATER = BEFORE + timedelta(days=30)
CAFE = [{"goal": "speaking"}]


@pytest.fixture
def desk(harness: Harness) -> Desk:
    return Desk(harness)


def test_a_final_place_has_started_when_its_first_meeting_has_begun(desk: Desk) -> None:
    begun, to_come, held = desk.refer(*[referral(needs=CAFE) for _ in range(3)])
    place = str(uuid.uuid4())
    desk.harness.deliver([
        placed(ParticipantEnrolled, begun, place, starts_at=BEFORE),
        placed(ParticipantEnrolled, to_come, str(uuid.uuid4()), starts_at=LATER),
        placed(PlaceHeld, held, str(uuid.uuid4()), starts_at=BEFORE),
    ])  # fmt: skip
    for _ in range(2):
        desk.harness.tick("tell-started")
    assert desk.needs(begun.referral_id) == [("started", ["received", "accepted", "enrolled", "started"])]
    assert desk.needs(to_come.referral_id)[0][0] == "scheduled"
    assert desk.needs(held.referral_id)[0][0] == "held"
    line = desk.harness.rows("select at, by from intake.need_step where what = 'started'")
    assert line == [{"at": BEFORE, "by": "rule"}]
    assert desk.status(begun.referral_id) == "in-progress"
    desk.harness.deliver([placed(EnrolmentEnded, begun, place, starts_at=BEFORE, reason="goal-reached")])
    assert desk.needs(begun.referral_id)[0][0] == "completed"


def test_a_place_that_moves_to_a_later_day_has_not_started(desk: Desk) -> None:
    (made,), place = desk.refer(referral(needs=CAFE)), str(uuid.uuid4())
    desk.harness.deliver([placed(ParticipantEnrolled, made, place, starts_at=BEFORE)])
    desk.harness.tick("tell-started")
    desk.harness.deliver([placed(ParticipantEnrolled, made, place, starts_at=LATER)])
    desk.harness.tick("tell-started")
    assert desk.needs(made.referral_id)[0][0] == "scheduled"


def test_what_is_over_does_not_start_and_a_question_does_not_hide_that_it_did(desk: Desk) -> None:
    over, asked = desk.refer(*[referral(needs=CAFE) for _ in range(2)])
    desk.harness.deliver([
        placed(ParticipantEnrolled, one, str(uuid.uuid4()), starts_at=BEFORE) for one in (over, asked)
    ])  # fmt: skip
    desk.work(over.referral_id, ending.withdraw, "moved", by="partner")
    desk.work(asked.referral_id, asking.ask, {"question": "other"})
    desk.harness.tick("tell-started")
    assert "started" not in desk.needs(over.referral_id)[0][1]
    assert desk.needs(asked.referral_id)[0] == (
        "paused", ["received", "accepted", "enrolled", "information-requested", "started"],
    )  # fmt: skip
    desk.work(asked.referral_id, asking.answer, {"text": "Ja."}, by="partner")
    assert desk.needs(asked.referral_id)[0][0] == "started"


def test_one_that_fails_holds_up_nobody_else(desk: Desk) -> None:
    broken, begun = desk.refer(*[referral(needs=CAFE) for _ in range(2)])
    desk.harness.deliver([
        placed(ParticipantEnrolled, one, str(uuid.uuid4()), starts_at=BEFORE) for one in (broken, begun)
    ])  # fmt: skip
    desk.harness.rows("update intake.need set phase = 'nonsense' where referral_id = %s", broken.referral_id)
    desk.harness.tick("tell-started")
    assert desk.needs(begun.referral_id)[0][0] == "started"
    assert "started" not in desk.needs(broken.referral_id)[0][1]
