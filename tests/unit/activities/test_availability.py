"""What somebody is told before a referral is what the rules would then do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.activities.domain.availability import CAPACITY, NO_CAPACITY, WAITLIST, Pace, availability
from services.activities.domain.placing import Board, Enrol, Hold, NothingSuits, Wait
from tests.support.newcomers import needs, openings

FULL_OR_NOT = st.lists(st.integers(1, 6), unique=True, max_size=5).flatmap(
    lambda numbers: st.tuples(*(openings(number, places=st.integers(0, 2)) for number in numbers))
)


@given(needs(1), FULL_OR_NOT)
def test_it_says_what_placing_would_do(need, found):
    said = availability(need, [opening for opening in found if opening.line == need.line], Pace())
    match Board(found).place(need):
        case Enrol(starts_at=starts_at) | Hold(starts_at=starts_at):
            assert (said.status, said.starts_at) == (CAPACITY, starts_at)
        case Wait():
            assert said.status == WAITLIST
        case NothingSuits(reasons=reasons):
            assert (said.status, said.reasons) == (NO_CAPACITY, reasons)


@pytest.mark.parametrize(
    ("pace", "weeks"),
    [(Pace(0, 13), 1), (Pace(12, 13), 13), (Pace(4, 26), 3), (Pace(0, 300), 1), (Pace(5, 1), 78), (Pace(3, 0), None)],
)
def test_the_wait_follows_from_how_fast_the_line_went(pace, weeks):
    assert pace.weeks_to_wait == weeks
