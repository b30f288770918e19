"""What a yes or no does to a place."""

import pytest

from services.activities.domain.answers import Effect, agreed, declined


@pytest.mark.parametrize(
    ("state", "effect"),
    [
        ("held", Effect.BECOMES_FINAL),
        ("final", Effect.ALREADY_SO),
        ("ended", Effect.TOO_LATE),
        (None, Effect.NO_SUCH_PLACE),
    ],
)
def test_a_yes(state, effect):
    assert agreed(state) is effect


@pytest.mark.parametrize(
    ("state", "effect"),
    [("held", Effect.ENDS), ("final", Effect.ENDS), ("ended", Effect.ALREADY_SO), (None, Effect.NO_SUCH_PLACE)],
)
def test_a_no(state, effect):
    assert declined(state) is effect


def test_only_answers_that_should_have_done_something_are_odd():
    assert {effect for effect in Effect if effect.is_odd} == {Effect.TOO_LATE, Effect.NO_SUCH_PLACE}
