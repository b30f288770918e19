"""Does an activity suit a need?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import codes
from services.activities.domain.matching import (
    Need,
    Opening,
    first_session,
    joinable_until,
    lacks,
    what_the_best_lacked,
)

MONDAY_MORNING = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TUESDAY_EVENING = datetime(2026, 1, 6, 18, 30, tzinfo=UTC)

NEED = Need(
    need_id="00000000-0000-4000-8000-000000000001",
    referral_id="00000000-0000-4000-8000-000000000002",
    participant_id="00000000-0000-4000-8000-000000000003",
    library_id="00000000-0000-4000-8000-000000000004",
    kind="language-group",
    municipality="GM0153",
    received_at=MONDAY_MORNING - timedelta(days=9),
)
OPENING = Opening(
    activity_id="00000000-0000-4000-8000-000000000005",
    library_id=NEED.library_id,
    kind="language-group",
    municipality="GM0153",
    free=5,
    next_in={"mon-morning": MONDAY_MORNING, "tue-evening": TUESDAY_EVENING},
)


def lacking(need: dict | None = None, opening: dict | None = None) -> set[str]:
    return set(lacks(replace(NEED, **need or {}), replace(OPENING, **opening or {})))


def test_an_activity_that_asks_nothing_suits():
    assert lacking() == set()


def test_another_municipality_does_not_suit_unless_the_volunteer_comes_to_the_home():
    assert lacking({"municipality": "GM0150"}) == {"other-municipality"}
    assert lacking({"municipality": "GM0150"}, {"home_visits": True}) == set()


@pytest.mark.parametrize("level", ["A1", "A2", "B1"])
def test_a_level_within_the_range_suits(level):
    assert lacking({"spoken_level": level}, {"lowest_level": "A1", "highest_level": "B1"}) == set()


@pytest.mark.parametrize("level", ["A0", "B2", "C1"])
def test_a_level_outside_the_range_does_not(level):
    assert lacking({"spoken_level": level}, {"lowest_level": "A1", "highest_level": "B1"}) == {"level-differs"}


def test_half_a_range_leaves_the_other_side_open():
    assert lacking({"spoken_level": "A0"}, {"highest_level": "B1"}) == set()
    assert lacking({"spoken_level": "C1"}, {"lowest_level": "A1"}) == set()


def test_literacy_and_age_must_be_among_those_asked():
    assert lacking({"literacy": "latin"}, {"literacy": frozenset({"none", "alfa-a"})}) == {"level-differs"}
    assert lacking({"age_band": "67-plus"}, {"age_bands": frozenset({"18-27"})}) == {"age-differs"}


STRICT = {
    "lowest_level": "B1",
    "highest_level": "B1",
    "literacy": frozenset({"latin"}),
    "age_bands": frozenset({"28-45"}),
}


@given(opening=st.fixed_dictionaries({}, optional={name: st.just(value) for name, value in STRICT.items()}))
def test_what_is_not_known_of_a_person_never_blocks(opening):
    assert lacking({}, opening) == set()


def test_every_feature_asked_for_must_be_there():
    assert lacking({"features": frozenset({"childcare", "step-free"})}, {"features": frozenset({"childcare"})}) == {
        "feature-missing"
    }
    assert lacking({}, {"features": frozenset({"childcare", "step-free"})}) == set()


def test_a_group_of_women_takes_only_who_asked_for_one():
    women_only = {"features": frozenset({"women-only"})}
    assert lacking({}, women_only) == {"feature-missing"}
    assert lacking(women_only, women_only) == set()


def test_a_series_is_followed_as_a_whole_but_dropped_in_on_when_it_fits():
    evenings = {"availability": frozenset({"tue-evening"})}
    assert lacking(evenings) == {"times-differ"}
    cafe = {"kind": "language-cafe"}
    assert lacking(evenings | cafe, cafe) == set()
    assert first_session(replace(NEED, **evenings, **cafe), replace(OPENING, **cafe)) == TUESDAY_EVENING


def test_unknown_availability_is_any_time():
    assert first_session(NEED, OPENING) == MONDAY_MORNING


def test_nothing_to_come_is_no_time_at_all():
    assert lacking({}, {"next_in": {}}) == {"times-differ"}


def test_a_drop_in_series_can_be_joined_until_its_last_session_and_another_until_its_first():
    starts = [MONDAY_MORNING, TUESDAY_EVENING]
    assert joinable_until("language-cafe", starts) == TUESDAY_EVENING
    assert joinable_until("language-group", starts) == MONDAY_MORNING


def test_the_reasons_are_what_the_best_lacked_in_the_order_of_the_code_list():
    far = replace(OPENING, municipality="GM0150", features=frozenset({"women-only"}))
    too_high = replace(OPENING, lowest_level="B2")
    too_old = replace(OPENING, age_bands=frozenset({"67-plus"}))
    need = replace(NEED, spoken_level="A1", age_band="18-27")
    assert what_the_best_lacked(need, []) == ("no-activity-of-kind",)
    assert what_the_best_lacked(need, [far]) == ("other-municipality", "feature-missing")
    assert what_the_best_lacked(need, [far, too_old, too_high]) == ("level-differs", "age-differs")


def test_a_household_holds_the_place_for_visits_and_a_participant_everywhere_else():
    household = "00000000-0000-4000-8000-000000000006"
    assert replace(NEED, household_id=household).holder == NEED.participant_id
    for kind in codes.HOUSEHOLD_KINDS:
        assert replace(NEED, kind=kind, household_id=household).holder == household
        assert replace(NEED, kind=kind).holder == NEED.participant_id
