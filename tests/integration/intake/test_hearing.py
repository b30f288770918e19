"""What planning reports becomes the state and the timeline of needs, in groups, once, and in order."""

from __future__ import annotations

import uuid

import pytest

from chassis.http import Conflict, NotFound
from chassis.testing import Harness
from contracts.activities import EnrolmentEnded, ParticipantEnrolled, PlaceHeld
from contracts.intake import PlacementAgreed, PlacementDeclined
from tests.support.intake_desk import Desk, placed, unplaced, waitlisted
from tests.support.intake_process import referral


@pytest.fixture
def desk(harness: Harness) -> Desk:
    return Desk(harness)


def place() -> str:
    return str(uuid.uuid4())


def answer(said: str, enrolment_id: str) -> dict[str, str]:
    return {"answer": said, "enrolment_id": enrolment_id, "answered_by": "participant", "channel": "call"}


def test_a_need_goes_from_held_by_a_yes_to_enrolled_and_ends(desk: Desk) -> None:
    (made,), held = desk.refer(), place()
    need_id = made.needs[0]["need_id"]
    desk.harness.deliver([placed(PlaceHeld, made, held)])
    assert desk.needs(made.referral_id)[0] == ("held", ["received", "accepted", "place-held"])
    desk.decide(made.referral_id, need_id=need_id, answer=answer("agreed", held))
    told = desk.harness.told()[-1]
    assert told.event is PlacementAgreed
    assert (told.subject, told.data["enrolment_id"]) == (f"referral/{made.referral_id}", held)
    desk.harness.deliver([placed(ParticipantEnrolled, made, held)])
    assert desk.needs(made.referral_id)[0][0] == "scheduled"
    assert desk.status(made.referral_id) == "in-progress"
    desk.harness.deliver([placed(EnrolmentEnded, made, held, reason="goal-reached")])
    steps = ["received", "accepted", "place-held", "agreed", "enrolled", "ended"]
    assert desk.needs(made.referral_id) == [("completed", steps), ("to-contact", ["received", "accepted"])]
    assert desk.status(made.referral_id) == "in-progress"


def test_a_no_frees_the_need_for_another_place(desk: Desk) -> None:
    (made,), held, other = desk.refer(), place(), place()
    desk.harness.deliver([placed(PlaceHeld, made, held)])
    desk.decide(made.referral_id, need_id=made.needs[0]["need_id"], answer=answer("declined", held))
    assert desk.harness.told()[-1].event is PlacementDeclined
    desk.harness.deliver([placed(EnrolmentEnded, made, held, reason="declined"), placed(PlaceHeld, made, other)])
    assert desk.needs(made.referral_id)[0] == (
        "held", ["received", "accepted", "place-held", "declined", "place-held"],
    )  # fmt: skip


def test_the_same_event_twice_is_written_once(desk: Desk) -> None:
    (made,) = desk.refer()
    heard = placed(PlaceHeld, made, place())
    desk.harness.deliver([heard, heard])
    desk.harness.deliver([heard])
    assert desk.needs(made.referral_id)[0][1] == ["received", "accepted", "place-held"]


def test_a_batch_over_many_referrals_keeps_each_ones_order(desk: Desk) -> None:
    made = desk.refer(*[referral() for _ in range(20)])
    places = [place() for _ in made]
    batch = [
        *[waitlisted(one, need=1) for one in made],
        *[placed(PlaceHeld, one, held) for one, held in zip(made, places, strict=True)],
        *[placed(ParticipantEnrolled, one, held) for one, held in zip(made, places, strict=True)],
        *[unplaced(one, "times-differ", need=1) for one in made[:5]],
    ]
    desk.harness.deliver(batch)
    for number, one in enumerate(made):
        second = ("to-contact", "unplaced") if number < 5 else ("waitlisted", "waitlisted")
        needs = desk.needs(one.referral_id)
        assert needs[0] == ("scheduled", ["received", "accepted", "place-held", "enrolled"])
        assert (needs[1][0], needs[1][1][-1]) == second


def test_why_nothing_suits_is_kept(desk: Desk) -> None:
    (made,) = desk.refer()
    desk.harness.deliver([unplaced(made, "times-differ", "level-differs")])
    rows = desk.harness.rows("select reasons from intake.need where need_id = %s", made.needs[0]["need_id"])
    assert rows == [{"reasons": ["times-differ", "level-differs"]}]


def test_a_fact_about_a_need_that_was_rejected_changes_nothing(desk: Desk) -> None:
    (made,) = desk.refer(referral(legalBasis=None))
    desk.decide(made.referral_id, reject="not-our-task")
    desk.harness.deliver([placed(PlaceHeld, made, place())])
    assert desk.needs(made.referral_id)[0] == ("rejected", ["received", "rejected"])
    assert desk.status(made.referral_id) == "rejected"


def test_a_need_that_is_not_here_waits_for_somebody_and_costs_nobody_else(desk: Desk) -> None:
    made = desk.refer(referral(), referral())
    strange = placed(PlaceHeld, made[0], place(), need_id=place())
    desk.harness.deliver([strange, placed(PlaceHeld, made[1], place())])
    assert desk.needs(made[0].referral_id)[0][0] == "matching"
    assert desk.needs(made[1].referral_id)[0][0] == "held"
    waiting = desk.harness.rows("select partition_key, error from chassis.deferred")
    assert [row["partition_key"] for row in waiting] == [made[0].referral_id]


def test_answers_that_are_not_possible_say_what_is(desk: Desk) -> None:
    (made,), held = desk.refer(), place()
    need_id = made.needs[0]["need_id"]
    with pytest.raises(Conflict) as refused:
        desk.decide(made.referral_id, need_id=need_id, answer=answer("agreed", held))
    assert not {"agreed", "accepted"} & set(refused.value.extra["allowed"])
    desk.harness.deliver([placed(PlaceHeld, made, held)])
    with pytest.raises(Conflict) as refused:
        desk.decide(made.referral_id, need_id=need_id, answer=answer("agreed", place()))
    assert refused.value.extra["enrolmentId"] == held
    with pytest.raises(NotFound):
        desk.decide(made.referral_id, need_id=place(), answer=answer("agreed", held))
    desk.decide(made.referral_id, need_id=need_id, answer=answer("agreed", held))
    with pytest.raises(Conflict) as refused:
        desk.decide(made.referral_id, need_id=need_id, answer=answer("declined", held))
    assert refused.value.extra["businessStatus"] == "held"
    assert not {"agreed", "declined"} & set(refused.value.extra["allowed"])
