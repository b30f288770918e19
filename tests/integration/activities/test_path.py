"""A referral is accepted, a place is held, the participant says yes or no, the next in line gets it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.metrics import REGISTRY
from contracts.activities import (
    EnrolmentEnded,
    NeedUnplaced,
    ParticipantEnrolled,
    ParticipantWaitlisted,
    PlaceHeld,
)
from services.activities.domain.matching import Need, Opening
from services.activities.domain.placing import enrolment_id
from tests.support.lines import check
from tests.support.newcomers import LIBRARY, NOW, RECEIVED, ident
from tests.support.town import accepted, agreed, declined, library_registered

GROUP = Opening(
    activity_id=ident(0xA, 1),
    library_id=LIBRARY,
    kind="language-group",
    municipality="GM0153",
    free=1,
    next_in={"mon-morning": NOW},
)
CAFE = replace(GROUP, activity_id=ident(0xA, 2), kind="language-cafe")


def need(number: int, **facts: object) -> Need:
    base = Need(
        need_id=ident(0xB, number),
        referral_id=ident(0xC, number),
        participant_id=ident(0xD, number),
        library_id=LIBRARY,
        kind="language-group",
        municipality="GM0153",
        received_at=RECEIVED + timedelta(days=number),
    )
    return replace(base, **facts)


def odd(answer: str, effect: str) -> float:
    return REGISTRY.get_sample_value("meedoen_odd_answers_total", {"answer": answer, "effect": effect}) or 0.0


def kinds_told(town) -> list[str]:
    return [event.event.__name__ for event in town.told()]


def test_a_place_is_held_and_becomes_final_with_the_participants_yes(town):
    town.schedule(GROUP)
    referral = accepted(need(1))
    town.deliver([referral])
    (held,) = town.told()
    assert held.event is PlaceHeld
    assert held.subject == f"enrolment/{enrolment_id(need(1).need_id)}"
    assert held.partition_key == need(1).referral_id
    assert held.causation_id == referral.id
    assert held.data == {
        "enrolment_id": enrolment_id(need(1).need_id),
        "referral_id": need(1).referral_id,
        "need_id": need(1).need_id,
        "activity_id": GROUP.activity_id,
        "library_id": LIBRARY,
        "kind": "language-group",
        "municipality": "GM0153",
        "starts_at": NOW,
    }
    yes = agreed(need(1))
    town.deliver([yes])
    final = town.told()[-1]
    assert (final.event, final.sequence, final.causation_id) == (ParticipantEnrolled, 2, yes.id)
    assert final.data == held.data
    assert town.standings()[need(1).need_id].state == "final"


def test_a_drop_in_kind_is_final_at_once(town):
    town.schedule(CAFE)
    town.deliver([accepted(need(1, kind="language-cafe"))])
    (enrolled,) = town.told()
    assert enrolled.event is ParticipantEnrolled
    assert town.standings()[need(1).need_id].state == "final"


def test_each_need_of_a_referral_goes_its_own_way(town):
    town.schedule(GROUP)
    town.schedule(CAFE)
    both = need(1), replace(need(2, kind="language-cafe"), referral_id=need(1).referral_id)
    third = replace(need(3, kind="digital-skills"), referral_id=need(1).referral_id)
    town.deliver([accepted(*both, third)])
    assert sorted(kinds_told(town)) == ["NeedUnplaced", "ParticipantEnrolled", "PlaceHeld"]


def test_who_comes_when_it_is_full_waits_by_when_they_were_received(town):
    town.schedule(GROUP)
    town.deliver([accepted(need(1))], [accepted(need(5))], [accepted(need(3)), accepted(need(4))])
    waiting = [event for event in town.told() if event.event is ParticipantWaitlisted]
    assert [(event.data["need_id"], event.data["position"]) for event in waiting] == [
        (need(5).need_id, 1),
        (need(3).need_id, 1),
        (need(4).need_id, 2),
    ]
    assert waiting[0].subject == f"need/{need(5).need_id}"


def test_a_no_frees_the_place_for_the_first_in_line(town):
    town.schedule(GROUP)
    town.deliver([accepted(need(1))], [accepted(need(5))], [accepted(need(3))])
    no = declined(need(1))
    town.deliver([no])
    ended, held = town.told()[-2:]
    assert (ended.event, ended.data["reason"], ended.causation_id) == (EnrolmentEnded, "declined", no.id)
    assert (held.event, held.data["need_id"], held.causation_id) == (PlaceHeld, need(3).need_id, no.id)
    assert held.partition_key == need(3).referral_id
    states = {key: each.state for key, each in town.standings().items()}
    assert states == {need(1).need_id: "ended", need(3).need_id: "held", need(5).need_id: "waiting"}


def test_a_no_to_a_final_place_ends_it_too(town):
    town.schedule(CAFE)
    town.deliver([accepted(need(1, kind="language-cafe"))], [declined(need(1))])
    assert town.standings()[need(1).need_id].state == "ended"
    assert town.state()["activity"][0]["taken"] == 0


def test_nothing_suits_and_the_reasons_are_told_again_only_when_they_change(town):
    town.deliver([accepted(need(1, spoken_level="A0"))])
    town.schedule(replace(GROUP, lowest_level="B1"))
    town.schedule(replace(GROUP, activity_id=ident(0xA, 3), lowest_level="B2"))
    told = [event.data["reasons"] for event in town.told() if event.event is NeedUnplaced]
    assert told == [["no-activity-of-kind"], ["level-differs"]]


def test_a_new_activity_goes_to_those_who_wait_and_then_to_whom_nothing_suited(town):
    town.schedule(GROUP)
    town.deliver([accepted(need(1))], [accepted(need(4))], [accepted(need(2, municipality="GM0150"))])
    assert town.standings()[need(2).need_id].state == "unplaced"
    visits = replace(GROUP, activity_id=ident(0xA, 3), home_visits=True, free=2)
    town.schedule(visits)
    states = {key: (each.state, each.activity_id) for key, each in town.standings().items()}
    assert states[need(4).need_id] == ("held", visits.activity_id)
    assert states[need(2).need_id] == ("held", visits.activity_id)


def test_who_waits_goes_before_whom_nothing_suited_even_when_received_later(town):
    town.schedule(GROUP)
    town.deliver([accepted(need(1))], [accepted(need(4))], [accepted(need(2, municipality="GM0150"))])
    town.schedule(replace(GROUP, activity_id=ident(0xA, 3), home_visits=True))
    states = {key: each.state for key, each in town.standings().items()}
    assert states[need(4).need_id] == "held"
    assert states[need(2).need_id] == "waiting"
    assert kinds_told(town)[-1] == "ParticipantWaitlisted"


def test_a_household_shares_one_place_until_the_last_of_them_leaves(town):
    family = {"kind": "voorlees-express", "household_id": ident(0xE, 1)}
    town.schedule(replace(GROUP, kind="voorlees-express", home_visits=True))
    first, second, other = need(1, **family), need(2, **family), need(3, kind="voorlees-express")
    town.deliver([accepted(first), accepted(second), accepted(other)])
    assert [town.standings()[each.need_id].state for each in (first, second, other)] == ["held", "held", "waiting"]
    assert town.state()["activity"][0]["taken"] == 1
    town.deliver([declined(first)])
    assert town.standings()[other.need_id].state == "waiting"
    town.deliver([declined(second)])
    assert town.standings()[other.need_id].state == "held"


def test_a_member_in_line_comes_along_when_the_household_gets_visits(town):
    family = {"kind": "voorlees-express", "household_id": ident(0xE, 1)}
    town.schedule(replace(GROUP, kind="voorlees-express", home_visits=True))
    away = need(1, **family, availability=frozenset({"sun-evening"}))
    town.deliver([accepted(away)])
    assert town.standings()[away.need_id].state == "unplaced"
    town.deliver([accepted(need(2, **family))])
    assert {each.state for each in town.standings().values()} == {"held"}


def test_staff_training_takes_no_participants(town):
    town.schedule(GROUP)
    town.harness.rows("update activity set audience = 'staff'")
    town.deliver([accepted(need(1))])
    assert town.told()[-1].data["reasons"] == ["no-activity-of-kind"]


@pytest.mark.parametrize(
    ("kind", "state"), [("language-cafe", "final"), ("language-group", "unplaced")], ids=["drop-in", "series"]
)
def test_only_a_drop_in_series_that_began_can_be_joined_and_from_its_next_session(town, kind, state):
    later = NOW + timedelta(days=7)
    town.schedule(replace(GROUP, kind=kind, next_in={"mon-morning": NOW, "tue-morning": later}))
    town.harness.rows("update session set starts_at = '2020-01-06 09:00Z' where starts_at = %s", NOW)
    town.harness.rows("update activity set joinable_until = (select min(starts_at) from session) where kind = %s", kind)
    if kind == "language-cafe":
        town.harness.rows("update activity set joinable_until = (select max(starts_at) from session)")
    town.deliver([accepted(need(1, kind=kind))])
    assert town.standings()[need(1).need_id].state == state
    if state == "final":
        assert town.told()[-1].data["starts_at"] == later


class TestOddAnswers:
    """What cannot have been meant changes nothing, and is said."""

    @pytest.fixture(autouse=True)
    def a_held_place(self, town):
        town.schedule(GROUP)
        town.deliver([accepted(need(1))])

    @pytest.mark.parametrize("answer", [agreed, declined])
    def test_to_a_place_that_does_not_exist(self, town, answer):
        before = town.state(), kinds_told(town)
        town.deliver([answer(need(1), enrolment_id=ident(0x7, 7))])
        assert (town.state(), kinds_told(town)) == before

    def test_each_is_counted_by_what_was_wrong_with_it(self, town):
        before = {effect: odd("placement-agreed", effect) for effect in ("no-such-place", "too-late", "already-so")}
        town.deliver([agreed(need(1), enrolment_id=ident(0x7, 7))], [declined(need(1))])
        town.deliver([agreed(need(1), sequence=4)], [declined(need(1), sequence=5)])
        after = {effect: odd("placement-agreed", effect) for effect in before}
        assert {effect: after[effect] - before[effect] for effect in before} == {
            "no-such-place": 1,
            "too-late": 1,
            "already-so": 0,
        }

    @pytest.mark.parametrize("answer", [agreed, declined])
    def test_to_the_place_of_another_need(self, town, answer):
        before = town.state(), kinds_told(town)
        town.deliver([answer(need(2), enrolment_id=enrolment_id(need(1).need_id))])
        assert (town.state(), kinds_told(town)) == before

    def test_a_second_yes(self, town):
        town.deliver([agreed(need(1))])
        before = town.state(), kinds_told(town)
        town.deliver([agreed(need(1), sequence=3)])
        assert (town.state(), kinds_told(town)) == before

    def test_a_yes_after_a_no(self, town):
        town.deliver([declined(need(1))])
        before = town.state(), kinds_told(town)
        town.deliver([agreed(need(1), sequence=3)])
        assert (town.state(), kinds_told(town)) == before

    def test_a_second_no(self, town):
        town.deliver([declined(need(1))])
        before = town.state(), kinds_told(town)
        town.deliver([declined(need(1), sequence=3)])
        assert (town.state(), kinds_told(town)) == before


def test_a_referral_may_come_before_its_library(town):
    town.deliver([accepted(need(1))], [library_registered()])
    assert [row["name"] for row in town.state()["library"]] == ["Invented library"]


def test_everything_twice_is_everything_once(town):
    history = [library_registered(), accepted(need(1)), accepted(need(2)), declined(need(1)), agreed(need(2))]
    town.schedule(GROUP)
    town.deliver(*([event] for event in history))
    before = town.state(), kinds_told(town)
    town.deliver(history, reversed(history))
    assert (town.state(), kinds_told(town)) == before


def test_an_accepted_referral_told_under_another_id_takes_no_second_place(town):
    town.schedule(replace(GROUP, free=2))
    once = accepted(need(1))
    town.deliver([once], [replace(once, id=ident(0x8, 8), sequence=2, raw=b"")])
    check({GROUP.activity_id: replace(GROUP, free=2)}, town.standings())
    assert kinds_told(town) == ["PlaceHeld"]
