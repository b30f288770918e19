"""The two tables: where a need can be, and what may be decided about it there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import CLOSING_REASONS, ENDED_REASONS
from services.intake.domain.needs import ALLOWED, ENDED, ENDS, Phase, Status, Step, referral_status


@pytest.mark.parametrize("phase", list(Phase))
def test_a_phase_is_found_by_its_code(phase: Phase) -> None:
    assert Phase.of(phase.code) is phase


def test_the_table_says_of_every_phase_what_may_be_decided() -> None:
    assert ALLOWED.keys() == set(Phase)
    assert {step for steps in ALLOWED.values() for step in steps} == set(Step)


def test_only_what_waits_for_a_decision_can_be_accepted_or_rejected() -> None:
    assert {phase for phase, steps in ALLOWED.items() if Step.ACCEPTED in steps} == {Phase.REQUESTED, Phase.ON_HOLD}
    assert {phase for phase, steps in ALLOWED.items() if Step.REJECTED in steps} == {Phase.REQUESTED, Phase.ON_HOLD}


def test_whatever_is_open_can_be_withdrawn_and_transferred() -> None:
    for phase in set(Phase) - ENDED:
        assert {Step.WITHDRAWN, Step.ENTERED_IN_ERROR, Step.TRANSFERRED} <= set(ALLOWED[phase])


@pytest.mark.parametrize("phase", list(Phase))
def test_business_status_only_while_the_library_works_on_it(phase: Phase) -> None:
    at_work = phase.status in (Status.ACCEPTED, Status.IN_PROGRESS)
    assert (phase.business_status is not None) == at_work


def test_every_reason_ends_a_need_in_a_status_of_its_own_kind() -> None:
    assert ENDS.keys() == set(ENDED_REASONS)
    assert set(ENDS.values()) <= ENDED
    assert {ENDS[reason] for reason in CLOSING_REASONS} == {Phase.COMPLETED, Phase.CANCELLED, Phase.FAILED}


@pytest.mark.parametrize(
    ("phases", "status"),
    [
        ([Phase.REQUESTED], "requested"),
        ([Phase.ON_HOLD], "on-hold"),
        ([Phase.MATCHING, Phase.WAITLISTED], "accepted"),
        ([Phase.TO_CONTACT, Phase.REJECTED], "accepted"),
        ([Phase.SCHEDULED, Phase.WAITLISTED], "in-progress"),
        ([Phase.COMPLETED, Phase.WAITLISTED], "in-progress"),
        ([Phase.COMPLETED, Phase.PAUSED], "on-hold"),
        ([Phase.COMPLETED, Phase.REQUESTED], "requested"),
        ([Phase.COMPLETED, Phase.CANCELLED], "completed"),
        ([Phase.FAILED, Phase.CANCELLED], "failed"),
        ([Phase.CANCELLED, Phase.REJECTED], "cancelled"),
        ([Phase.WITHDRAWN], "cancelled"),
        ([Phase.REJECTED], "rejected"),
        ([Phase.ENTERED_IN_ERROR], "entered-in-error"),
    ],
)
def test_a_referrals_status_follows_from_its_needs(phases: list[Phase], status: str) -> None:
    assert referral_status(phases) == status


@given(st.lists(st.sampled_from(list(Phase)), min_size=1))
def test_a_referral_has_ended_when_all_its_needs_have(phases: list[Phase]) -> None:
    over = referral_status(phases) in {phase.status for phase in ENDED}
    assert over == (set(phases) <= ENDED)


@given(st.lists(st.sampled_from(list(Phase)), min_size=1), st.randoms(use_true_random=False))
def test_the_order_and_number_of_needs_makes_no_difference(phases: list[Phase], chance: object) -> None:
    shuffled = [*phases, *phases]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert referral_status(shuffled) == referral_status(phases)


def test_a_referral_without_needs_has_no_status() -> None:
    with pytest.raises(ValueError, match="at least one need"):
        referral_status([])
