"""What may be seen of counts, and what is missing of a stream."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from services.reporting.domain import (
    NEED_STATES,
    REFERRAL_STATES,
    View,
    counts_of,
    heard_at_first,
    missing,
    month_of,
    narrowed,
    protect,
    view_of,
)
from services.reporting.schemas import Filter

LIBRARY = "3ccf1e14-b9e0-4995-a744-c5f240065837"
OTHER = "8d1b4687-2d4f-4afc-87b7-09f463fef410"


def referrals(**counts: int) -> dict[str, dict[str, int]]:
    return {"referrals": {"received": sum(counts.values()), **counts}}


def test_states_add_up_to_what_was_received() -> None:
    row = {f"referrals_{state}": n for n, state in enumerate(REFERRAL_STATES)}
    row |= {f"needs_{state}": n for n, state in enumerate(NEED_STATES)}
    found = counts_of(row | {"referrals_overdue": 9})
    assert found["referrals"] == {
        "received": 6, "in_triage": 0, "accepted": 1, "rejected": 2, "withdrawn": 3, "overdue": 9
    }  # fmt: skip
    assert found["needs"]["received"] == 36


def test_a_row_about_few_persons_tells_nothing() -> None:
    assert protect(referrals(in_triage=0, accepted=9), persons=4, below=5) == {
        "referrals": {"received": None, "in_triage": None, "accepted": None}
    }


def test_a_small_count_takes_the_next_one_with_it() -> None:
    assert protect(referrals(in_triage=2, accepted=10, rejected=20), persons=30, below=5) == {
        "referrals": {"received": 32, "in_triage": None, "accepted": None, "rejected": 20}
    }


def test_what_is_overdue_stands_in_no_sum_and_hides_nothing() -> None:
    found = protect(referrals(in_triage=2, accepted=10, rejected=20, overdue=3), persons=30, below=5)
    assert found["referrals"]["overdue"] is None
    assert (found["referrals"]["in_triage"], found["referrals"]["accepted"]) == (None, None)
    assert protect(referrals(accepted=10, overdue=3), persons=30, below=5)["referrals"]["accepted"] == 10


def test_two_small_counts_hide_each_other() -> None:
    found = protect(referrals(in_triage=2, accepted=10, rejected=3), persons=15, below=5)
    assert found == {"referrals": {"received": 15, "in_triage": None, "accepted": 10, "rejected": None}}


def test_nothing_is_told_as_it_is() -> None:
    assert protect(referrals(in_triage=0, accepted=0), persons=0, below=5) == referrals(in_triage=0, accepted=0)


@given(parts=st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12)), below=st.integers(1, 8))
def test_no_small_count_can_be_worked_out_from_its_row(parts: dict[str, int], below: int) -> None:
    shown = protect({"needs": {"received": sum(parts.values()), **parts}}, persons=1000, below=below)["needs"]
    assert all(count is None or count == 0 or count >= below for count in shown.values())
    withheld = [name for name, count in shown.items() if count is None]
    small = [name for name, count in parts.items() if 0 < count < below]
    if small:
        # The total and its parts are one equation: with two unknowns it has no single answer.
        assert len(withheld) > 1
    else:
        assert withheld == ([] if sum(parts.values()) == 0 or sum(parts.values()) >= below else ["received"])


@pytest.mark.parametrize(
    ("staff", "roles", "libraries", "municipalities", "view"),
    [
        (True, {"library-manager"}, {LIBRARY}, set(), View(frozenset({LIBRARY}), None, protected=False)),
        (True, {"library-manager"}, set(), {"GM0153"}, View(frozenset(), None)),
        (True, {"library-manager"}, {"everything"}, set(), View(frozenset(), None, protected=False)),
        (True, {"report-reader"}, set(), set(), View(None, None)),
        (True, {"report-reader"}, set(), {"GM0153"}, View(None, frozenset({"GM0153"}))),
        (True, {"report-reader"}, {LIBRARY}, {"GM0153"}, View(frozenset({LIBRARY}), None, protected=False)),
        (True, {"operations"}, set(), set(), View(None, None, protected=False)),
        (False, {"report-reader"}, set(), {"GM0153"}, View(None, frozenset({"GM0153"}))),
        (True, set(), set(), set(), View(frozenset(), None)),
    ],
)
def test_who_sees_which_rows(
    staff: bool, roles: set[str], libraries: set[str], municipalities: set[str], view: View
) -> None:
    assert view_of(staff=staff, roles=roles, libraries=libraries, municipalities=municipalities) == view


@pytest.mark.parametrize(
    ("allowed", "asked", "selected"),
    [
        (None, None, None),
        (None, OTHER, [OTHER]),
        (frozenset({LIBRARY}), None, [LIBRARY]),
        (frozenset({LIBRARY}), LIBRARY, [LIBRARY]),
        (frozenset({LIBRARY}), OTHER, []),
        (frozenset[str](), None, []),
    ],
)
def test_asking_never_widens(allowed: frozenset[str] | None, asked: str | None, selected: list[str] | None) -> None:
    assert narrowed(allowed, asked) == selected


@pytest.mark.parametrize(
    ("contiguous_to", "beyond", "gaps"),
    [(5, [], []), (0, [2], [(1, 1)]), (3, [7, 5, 6], [(4, 4)]), (3, [5, 9], [(4, 4), (6, 8)])],
)
def test_gaps_are_named(contiguous_to: int, beyond: list[int], gaps: list[tuple[int, int]]) -> None:
    assert missing(contiguous_to, beyond) == gaps


@given(heard=st.sets(st.integers(1, 30)))
def test_gaps_and_what_was_heard_are_everything(heard: set[int]) -> None:
    contiguous = next(n for n in range(40) if n + 1 not in heard)
    beyond = sorted(n for n in heard if n > contiguous)
    gone = {n for first, last in missing(contiguous, beyond) for n in range(first, last + 1)}
    assert gone | heard == set(range(1, max(heard, default=0) + 1))
    assert not gone & heard


def test_months_are_read() -> None:
    assert month_of("2026-10") == date(2026, 10, 1)


@pytest.mark.parametrize("said", ["2026-10\n", "20\u0662\u0666-10", "2026-13", "2026-1"])
def test_what_is_no_month_is_refused_before_it_is_read(said: str) -> None:
    assert Filter().load({"month": "2026-10"}) == {"month": "2026-10"}
    with pytest.raises(ValidationError):
        Filter().load({"month": said})


@given(st.lists(st.integers(1, 12), max_size=15))
def test_what_was_heard_at_first_is_a_run_from_one_and_what_lies_beyond(sequences: list[int]) -> None:
    contiguous_to, beyond = heard_at_first(sequences)
    assert sorted({*range(1, contiguous_to + 1), *beyond}) == sorted(set(sequences))
    assert contiguous_to + 1 not in beyond
    assert beyond == sorted(set(beyond))
