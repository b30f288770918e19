"""The states of a need, under every order of steps that a machine comes up with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.codes import ENDED_REASONS
from services.intake.domain.needs import (
    DECISIONS,
    ENDED,
    IllegalStep,
    NeedState,
    Phase,
    Status,
    Step,
    decide,
    learn,
    referral_status,
)

PEOPLE = (Step.ACCEPTED, Step.REJECTED, Step.AGREED, Step.DECLINED)
FACTS = (Step.HELD, Step.ENROLLED, Step.WAITLISTED, Step.UNPLACED)
PLACED = {Phase.HELD, Phase.AGREED, Phase.SCHEDULED}


class OneNeed(RuleBasedStateMachine):
    """Decisions and facts in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state = NeedState()
        self.before = self.state

    @rule(step=st.sampled_from(PEOPLE))
    def somebody_decides(self, step: Step) -> None:
        self.before = self.state
        allowed = DECISIONS.get(self.state.phase, {})
        if step in allowed:
            self.state = decide(self.state, step, "other")
            assert self.state.phase is allowed[step]
        else:
            with pytest.raises(IllegalStep) as refused:
                decide(self.state, step)
            assert refused.value.allowed == tuple(allowed)

    @rule(step=st.sampled_from(FACTS), place=st.sampled_from(["one", "other"]))
    def planning_reports(self, step: Step, place: str) -> None:
        self.before = self.state
        placed = step in (Step.HELD, Step.ENROLLED)
        self.state = learn(self.state, step, place if placed else None)

    @rule(place=st.sampled_from(["one", "other"]), reason=st.sampled_from(ENDED_REASONS))
    def a_place_ends(self, place: str, reason: str) -> None:
        self.before = self.state
        self.state = learn(self.state, Step.ENDED, place, (reason,))
        if place != self.before.enrolment_id:
            assert self.state == self.before

    @invariant()
    def what_ended_stays_ended(self) -> None:
        if self.before.phase in ENDED:
            assert self.state == self.before

    @invariant()
    def nothing_is_planned_before_it_is_accepted(self) -> None:
        if self.before.phase is Phase.REQUESTED:
            assert self.state.phase in (Phase.REQUESTED, Phase.MATCHING, Phase.REJECTED)

    @invariant()
    def who_has_a_place_has_one(self) -> None:
        if self.state.phase in PLACED:
            assert self.state.enrolment_id is not None
        if self.state.phase in (Phase.REQUESTED, Phase.MATCHING, Phase.WAITLISTED, Phase.REJECTED):
            assert self.state.enrolment_id is None

    @invariant()
    def business_status_only_while_it_lasts(self) -> None:
        lasting = self.state.phase.status in (Status.ACCEPTED, Status.IN_PROGRESS)
        assert (self.state.phase.business_status is not None) == lasting


TestOneNeed = OneNeed.TestCase


def test_the_usual_way() -> None:
    state = decide(NeedState(), Step.ACCEPTED)
    state = learn(state, Step.HELD, "place")
    assert (state.phase.status, state.phase.business_status) == ("accepted", "held")
    state = learn(decide(state, Step.AGREED), Step.ENROLLED, "place")
    assert (state.phase.status, state.phase.business_status) == ("in-progress", "scheduled")
    assert learn(state, Step.ENDED, "place", ("goal-reached",)).phase is Phase.COMPLETED


def test_a_second_answer_to_the_same_place_is_refused() -> None:
    held = NeedState(Phase.HELD, "place")
    with pytest.raises(IllegalStep):
        decide(decide(held, Step.AGREED), Step.AGREED)
    with pytest.raises(IllegalStep):
        decide(decide(held, Step.DECLINED), Step.AGREED)


def test_a_declined_place_frees_the_need_and_its_end_is_then_past() -> None:
    declined = decide(NeedState(Phase.HELD, "place"), Step.DECLINED)
    assert declined.phase is Phase.MATCHING
    assert learn(declined, Step.ENDED, "place", ("declined",)) == declined


def test_the_same_place_told_again_does_not_undo_a_yes() -> None:
    agreed = NeedState(Phase.AGREED, "place")
    assert learn(agreed, Step.HELD, "place") == agreed
    assert learn(agreed, Step.HELD, "other").phase is Phase.HELD


@pytest.mark.parametrize("reason", ENDED_REASONS)
def test_every_reason_ends_a_scheduled_need(reason: str) -> None:
    ended = learn(NeedState(Phase.SCHEDULED, "place"), Step.ENDED, "place", (reason,))
    assert ended.phase in ENDED
    assert ended.reasons == (reason,)


@pytest.mark.parametrize(
    ("phases", "status"),
    [
        ([Phase.REQUESTED], "requested"),
        ([Phase.MATCHING, Phase.WAITLISTED], "accepted"),
        ([Phase.MATCHING, Phase.REJECTED], "accepted"),
        ([Phase.SCHEDULED, Phase.WAITLISTED], "in-progress"),
        ([Phase.COMPLETED, Phase.WAITLISTED], "in-progress"),
        ([Phase.COMPLETED, Phase.CANCELLED], "completed"),
        ([Phase.FAILED, Phase.CANCELLED], "failed"),
        ([Phase.CANCELLED, Phase.REJECTED], "cancelled"),
        ([Phase.REJECTED], "rejected"),
    ],
)
def test_a_referrals_status_follows_from_its_needs(phases: list[Phase], status: str) -> None:
    assert referral_status(phases) == status


@given(st.lists(st.sampled_from(list(Phase)), min_size=1))
def test_a_referral_has_ended_when_all_its_needs_have(phases: list[Phase]) -> None:
    over = referral_status(phases) in (Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.REJECTED)
    assert over == (set(phases) <= ENDED)


def test_a_referral_without_needs_has_no_status() -> None:
    with pytest.raises(ValueError, match="at least one need"):
        referral_status([])


@pytest.mark.parametrize("phase", list(Phase))
def test_a_phase_is_found_by_its_code(phase: Phase) -> None:
    assert Phase.of(phase.code) is phase
