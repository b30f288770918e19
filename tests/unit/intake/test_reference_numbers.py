"""The number by which people speak of a referral: its own, and a typing error in it is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.reference_numbers import ALPHABET, HOW_MANY, count_of, number_of

COUNTS = st.integers(0, HOW_MANY - 1)


@given(COUNTS)
def test_a_number_leads_back_to_its_referral_however_it_is_typed(count: int) -> None:
    number = number_of(count)
    assert len(number) == 9
    assert set(number) <= {*ALPHABET, "-"}
    assert count_of(number) == count
    assert count_of(f" {number.lower().replace('-', ' ')} ") == count


@given(COUNTS, COUNTS)
def test_no_two_referrals_share_a_number(one: int, other: int) -> None:
    assert (number_of(one) == number_of(other)) == (one == other)


@given(COUNTS, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_every_wrong_character_is_noticed(count: int, place: int, character: str) -> None:
    number = number_of(count).replace("-", "")
    typed = number[:place] + character + number[place + 1 :]
    assert (count_of(typed) is None) == (typed != number)


@given(COUNTS, st.integers(0, 7), st.integers(0, 7))
def test_every_two_swapped_are_noticed(count: int, one: int, other: int) -> None:
    number = list(number_of(count).replace("-", ""))
    swapped = number.copy()
    swapped[one], swapped[other] = number[other], number[one]
    assert (count_of("".join(swapped)) is None) == (swapped != number)


def test_the_first_ones_look_nothing_alike() -> None:
    numbers = [number_of(count) for count in range(100)]
    assert len({number[:3] for number in numbers}) > 50


@pytest.mark.parametrize("text", ["", "4K7F", "0000-0000", "4K7F-9QXC-4", "ÄÄÄÄ-ÄÄÄÄ", "een-twee"])
def test_what_is_no_number_leads_nowhere(text: str) -> None:
    assert count_of(text) is None


@pytest.mark.parametrize("count", [-1, HOW_MANY])
def test_there_is_no_number_beyond_the_last(count: int) -> None:
    with pytest.raises(ValueError, match="no such count"):
        number_of(count)
