"""How long a queue is left alone between two batches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chassis.inbox.consumer import rest_after

batches = st.integers(1, 2000).flatmap(lambda most: st.tuples(st.integers(0, most), st.just(most)))
seconds = st.floats(0, 60)


def test_a_small_batch_is_followed_by_three_times_what_it_took() -> None:
    assert rest_after(2, 100, took=0.01) == 0.03


@given(batches, seconds)
def test_nobody_waits_long(batch: tuple[int, int], took: float) -> None:
    assert 0 <= rest_after(*batch, took=took) <= 0.05


@given(st.integers(1, 2000), seconds)
def test_after_a_full_batch_and_after_none_the_queue_is_looked_at_at_once(most: int, took: float) -> None:
    assert rest_after(most, most, took=took) == rest_after(0, most, took=took) == 0
