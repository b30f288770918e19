"""Who gets which place, and who waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.activities.domain.matching import Need, Opening
from services.activities.domain.placing import (
    Board,
    Enrol,
    Hold,
    InLine,
    NothingSuits,
    Seat,
    Wait,
    enrolment_id,
    in_turn,
    is_news,
)
from tests.support.newcomers import LIBRARY, ident

SOON = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LATER = SOON + timedelta(days=7)


def need(number: int, **facts: object) -> Need:
    base = Need(
        need_id=ident(0xB, number),
        referral_id=ident(0xC, number),
        participant_id=ident(0xD, number),
        library_id=LIBRARY,
        kind="language-group",
        municipality="GM0153",
        received_at=SOON - timedelta(days=30 - number),
    )
    return replace(base, **facts)


def opening(number: int, **facts: object) -> Opening:
    base = Opening(
        activity_id=ident(0xA, number),
        library_id=LIBRARY,
        kind="language-group",
        municipality="GM0153",
        free=1,
        next_in={"mon-morning": SOON},
    )
    return replace(base, **facts)


def test_the_soonest_suitable_activity_is_held():
    board = Board([opening(1, next_in={"mon-morning": LATER}), opening(2)])
    assert board.place(need(1)) == Hold(need(1), ident(0xA, 2), SOON)


def test_a_drop_in_kind_is_final_at_once():
    board = Board([opening(1, kind="language-cafe")])
    assert board.place(need(1, kind="language-cafe")) == Enrol(need(1, kind="language-cafe"), ident(0xA, 1), SOON)


def test_a_full_activity_gives_way_to_a_later_one_and_then_one_waits():
    board = Board([opening(1), opening(2, next_in={"mon-morning": LATER})])
    decisions = board.settle([need(1), need(2), need(3)])
    assert decisions == [Hold(need(1), ident(0xA, 1), SOON), Hold(need(2), ident(0xA, 2), LATER), Wait(need(3))]


def test_between_activities_at_the_same_moment_the_id_decides():
    assert Board([opening(2), opening(1)]).place(need(1)) == Hold(need(1), ident(0xA, 1), SOON)


def test_when_nothing_suits_it_says_why():
    board = Board([opening(1, municipality="GM0150")])
    assert board.place(need(1)) == NothingSuits(need(1), ("other-municipality",))


@pytest.mark.parametrize("elsewhere", [{"library_id": ident(1, 9)}, {"kind": "digital-skills"}])
def test_another_library_or_kind_is_another_line(elsewhere):
    assert Board([opening(1, **elsewhere)]).place(need(1)) == NothingSuits(need(1), ("no-activity-of-kind",))


def test_a_household_takes_one_place_and_its_next_member_shares_it():
    family = {"kind": "voorlees-express", "household_id": ident(0xE, 1)}
    board = Board([opening(1, kind="voorlees-express")])
    first, second = board.settle([need(1, **family), need(2, **family)])
    assert (first.activity_id, second.activity_id) == (ident(0xA, 1), ident(0xA, 1))
    assert board.free == {ident(0xA, 1): 0}


def test_a_member_shares_the_visits_that_the_household_has_already_even_when_they_began():
    family = need(2, kind="voorlees-express", household_id=ident(0xE, 1))
    board = Board([], [Seat(family.line, family.holder, ident(0xA, 7), LATER)])
    assert board.place(family) == Hold(family, ident(0xA, 7), LATER)


def test_who_came_before_the_one_they_share_with_comes_along():
    family = {"kind": "voorlees-express", "household_id": ident(0xE, 1)}
    unavailable = need(1, **family, availability=frozenset({"sun-evening"}))
    board = Board([opening(1, kind="voorlees-express")])
    assert [type(decision) for decision in board.settle([unavailable, need(2, **family)])] == [Hold, Hold]


def test_two_goals_of_one_participant_that_the_same_kind_answers_take_one_place():
    one = {"participant_id": ident(0xD, 1)}
    board = Board([opening(1)])
    assert [type(each) for each in board.settle([need(1, **one), need(2, **one), need(3)])] == [Hold, Hold, Wait]


def test_who_shares_a_place_comes_first_when_they_can_whether_they_were_placed_together_or_not():
    cafe = opening(1, kind="language-cafe", next_in={"mon-morning": SOON, "mon-evening": LATER})
    evenings = need(1, kind="language-cafe", availability=frozenset({"mon-evening"}))
    whenever = need(2, kind="language-cafe", participant_id=evenings.participant_id)
    assert Board([cafe]).settle([evenings, whenever]) == [
        Enrol(evenings, ident(0xA, 1), LATER),
        Enrol(whenever, ident(0xA, 1), SOON),
    ]
    seat = Seat(evenings.line, evenings.holder, ident(0xA, 1), SOON)  # as it is read when it was taken before
    full = replace(cafe, free=0)
    assert Board([full], [seat]).settle([evenings]) == [Enrol(evenings, ident(0xA, 1), LATER)]
    assert Board([full], [seat]).settle([whenever]) == [Enrol(whenever, ident(0xA, 1), SOON)]


def test_who_comes_first_decides_how_many_fit_when_not_everyone_suits_everything():
    only_mondays = need(1, availability=frozenset({"mon-morning"}))
    any_day = need(2)
    days = [opening(1), opening(2, next_in={"tue-morning": SOON + timedelta(days=1)})]
    assert [type(each) for each in Board(days).settle([only_mondays, any_day])] == [Hold, Hold]
    assert [type(each) for each in Board(days).settle([any_day, only_mondays])] == [Hold, Wait]


def test_who_waits_goes_before_whom_nothing_suited_and_who_was_received_first_before_others():
    line = [InLine(need(1), ("level-differs",)), InLine(need(3)), InLine(need(2))]
    assert in_turn(line) == [need(2), need(3), need(1)]


def test_received_at_the_same_moment_the_id_decides():
    at_once = {"received_at": SOON}
    assert in_turn([InLine(need(2, **at_once)), InLine(need(1, **at_once))]) == [need(1, **at_once), need(2, **at_once)]


def test_only_what_changes_is_news():
    unsuited = NothingSuits(need(1), ("level-differs",))
    assert is_news(Hold(need(1), ident(0xA, 1), SOON), InLine(need(1)))
    assert is_news(Wait(need(1)), None)
    assert is_news(Wait(need(1)), InLine(need(1), ("level-differs",)))
    assert not is_news(Wait(need(1)), InLine(need(1)))
    assert is_news(unsuited, None)
    assert is_news(unsuited, InLine(need(1), ("times-differ",)))
    assert not is_news(unsuited, InLine(need(1), ("level-differs",)))


def test_who_waits_goes_on_waiting_when_nothing_planned_suits_any_more():
    assert not is_news(NothingSuits(need(1), ("no-activity-of-kind",)), InLine(need(1)))


def test_a_needs_place_has_the_same_id_whenever_its_history_is_told():
    assert enrolment_id(need(1).need_id) == enrolment_id(need(1).need_id) != enrolment_id(need(2).need_id)
