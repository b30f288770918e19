"""What the mail server's answers mean, and how long to go on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.notifications import FAILURES
from services.notifications.domain.delivery import (
    Delivered,
    Never,
    NotNow,
    Patience,
    ServerAway,
    Verdict,
    verdict_on,
)


@pytest.mark.parametrize(
    ("stage", "code", "verdict"),
    [
        ("data", 250, Delivered()),
        ("recipient", 450, NotNow("recipient-450")),
        ("data", 452, NotNow("data-452")),
        ("recipient", 550, Never("address-refused", "recipient-550")),
        ("data", 554, Never("message-refused", "data-554")),
        # About us, whichever mail it was: nothing may be given up for it.
        ("sender", 530, ServerAway("sender-530")),
        ("connect", 554, ServerAway("connect-554")),
        ("recipient", 421, ServerAway("recipient-421")),
        ("data", 421, ServerAway("data-421")),
    ],
)
def test_a_reply_means(stage: str, code: int, verdict: Verdict) -> None:
    assert verdict_on(stage, code) == verdict


@given(stage=st.sampled_from(["connect", "sender", "recipient", "data"]), code=st.integers(200, 599))
def test_a_mail_is_given_up_only_for_a_permanent_refusal_of_it(stage: str, code: int) -> None:
    verdict = verdict_on(stage, code)
    if isinstance(verdict, Never):
        assert code >= 500
        assert stage in ("recipient", "data")
        assert verdict.reason in FAILURES


def test_waits_double_up_to_the_most() -> None:
    patience = Patience(first=60, most=3600, attempts=124)
    assert [patience.wait(attempt, 0.5) for attempt in (1, 2, 3, 7, 8, 500)] == [60, 120, 240, 3600, 3600, 3600]


@given(attempt=st.integers(1, 200), chance=st.floats(0, 1))
def test_waits_are_a_quarter_either_way(attempt: int, chance: float) -> None:
    patience = Patience(first=2, most=100, attempts=3)
    middle = patience.wait(attempt, 0.5)
    assert 0.75 * middle <= patience.wait(attempt, chance) <= 1.25 * middle


def test_the_usual_patience_lasts_five_days() -> None:
    patience = Patience(first=60, most=3600, attempts=124)
    days = sum(patience.wait(attempt, 0.5) for attempt in range(1, 124)) / 86_400
    assert 4.8 < days < 5.2
    assert patience.is_over(124)
    assert not patience.is_over(123)
