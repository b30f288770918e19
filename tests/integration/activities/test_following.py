"""What becomes of a referral after it was accepted reaches its places and its turns in line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from contracts.activities import EnrolmentEnded, NeedUnplaced, ParticipantWaitlisted, PlaceHeld
from services.activities.domain.matching import Need, Opening
from services.activities.domain.placing import enrolment_id
from tests.support.newcomers import LIBRARY, NOW, RECEIVED, ident
from tests.support.town import Town, accepted, added, agreed, changed, closed, declined, transferred, withdrawn

ELSEWHERE = "20000000-0000-4000-8000-000000000000"


def need(number: int, **facts: object) -> Need:
    """Somebody who speaks at A1 and wants a language group, in the order of their numbers."""
    known = {"library_id": LIBRARY, "kind": "language-group", "municipality": "GM0153", "spoken_level": "A1"}
    return Need(
        need_id=ident(0xB, number), referral_id=ident(0xC, number), participant_id=ident(0xD, number),
        received_at=RECEIVED + timedelta(days=number), **(known | facts),
    )  # fmt: skip


def group(number: int = 1, *, places: int = 1, library_id: str = LIBRARY, **facts: object) -> Opening:
    known = {"kind": "language-group", "municipality": "GM0153", "next_in": {"mon-morning": NOW + timedelta(days=1)}}
    return Opening(activity_id=ident(0xA, number), library_id=library_id, free=places, **(known | facts))


def states(town: Town) -> list[str]:
    return [standing.state for _, standing in sorted(town.standings().items())]


def told(town: Town, kind: type) -> list[dict[str, object]]:
    return [event.data for event in town.told() if event.event is kind]


def test_a_withdrawn_place_goes_to_who_waits(town: Town) -> None:
    town.schedule(group())
    town.deliver([accepted(need(1))], [accepted(need(2))], [agreed(need(1))])
    assert states(town) == ["final", "waiting"]
    town.deliver([withdrawn(need(1), sequence=3)])
    assert states(town) == ["ended", "held"]
    assert [event["reason"] for event in told(town, EnrolmentEnded)] == ["withdrawn"]
    town.deliver([withdrawn(need(2), "entered-in-error")])
    assert states(town) == ["ended", "ended"]
    assert [event["reason"] for event in told(town, EnrolmentEnded)] == ["withdrawn", "entered-in-error"]


def test_who_withdraws_from_a_line_leaves_it_and_is_placed_never(town: Town) -> None:
    town.schedule(group())
    town.deliver([accepted(need(1))], [accepted(need(2))], [withdrawn(need(2))])
    town.deliver([declined(need(1))])
    assert states(town) == ["ended", "ended"]
    assert len(told(town, ParticipantWaitlisted)) == 1
    assert told(town, NeedUnplaced) == []


def test_closing_some_needs_leaves_the_others(town: Town) -> None:
    one, other = need(1), replace(need(1), need_id=ident(0xB, 9), kind="digital-skills")
    town.schedule(group())
    town.schedule(group(2, kind="digital-skills"))
    town.deliver([accepted(one, other)])
    town.deliver([closed(one, reason="goal-reached")])
    assert states(town) == ["ended", "held"]
    assert [(event["need_id"], event["reason"]) for event in told(town, EnrolmentEnded)] == [
        (one.need_id, "goal-reached")
    ]


def test_what_is_known_by_now_is_matched_again(town: Town) -> None:
    town.schedule(group(lowest_level="A2"))
    town.deliver([accepted(need(1))])
    assert states(town) == ["unplaced"]
    town.deliver([changed(need(1, spoken_level="A2"))])
    assert states(town) == ["held"]
    town.deliver([changed(need(1, spoken_level="A1"), sequence=3)])
    assert states(town) == ["held"], "what was given stays"


def test_an_answer_that_changes_no_facts_changes_nothing(town: Town) -> None:
    town.schedule(group(lowest_level="A2"))
    town.deliver([accepted(need(1))], [changed(need(1))])
    assert len(told(town, NeedUnplaced)) == 1


def test_who_waits_and_turns_out_to_need_something_else_waits_no_longer(town: Town) -> None:
    town.schedule(group(places=1))
    town.deliver([accepted(need(1))], [accepted(need(2))])
    assert states(town) == ["held", "waiting"]
    town.deliver([changed(need(2, features=frozenset({"childcare"})))])
    assert [event["reasons"] for event in told(town, NeedUnplaced)] == [["feature-missing"]]
    assert states(town) == ["held", "unplaced"]


def test_after_a_no_what_is_known_by_then_brings_another_place(town: Town) -> None:
    town.schedule(group())
    town.deliver([accepted(need(1))], [declined(need(1))])
    assert states(town) == ["ended"]
    town.schedule(group(2, lowest_level="B1"))
    town.deliver([changed(need(1, spoken_level="B1"), sequence=3)])
    second = enrolment_id(need(1).need_id, 2)
    assert [event["enrolment_id"] for event in told(town, PlaceHeld)] == [enrolment_id(need(1).need_id), second]
    town.deliver([agreed(replace(need(1), place_number=2), sequence=4)])
    assert states(town) == ["final"]


def test_a_need_that_was_added_finds_its_own_place(town: Town) -> None:
    one, other = need(1), replace(need(1), need_id=ident(0xB, 9), kind="digital-skills")
    town.schedule(group())
    town.schedule(group(2, kind="digital-skills"))
    town.deliver([accepted(one)], [added(one, other)])
    assert states(town) == ["held", "held"]
    assert len(told(town, PlaceHeld)) == 2


def test_another_library_places_anew(town: Town) -> None:
    there = replace(need(1), library_id=ELSEWHERE)
    town.schedule(group())
    town.schedule(group(2, library_id=ELSEWHERE))
    town.deliver([accepted(need(1))], [accepted(need(2))])
    town.deliver([transferred(need(1), library_id=ELSEWHERE)])
    assert states(town) == ["ended", "held"]
    town.deliver([accepted(there, sequence=3)])
    held = told(town, PlaceHeld)[-1]
    assert (held["library_id"], held["enrolment_id"]) == (ELSEWHERE, enrolment_id(there.need_id, 2))
    assert states(town) == ["held", "held"]


def test_what_was_closed_does_not_come_back_at_another_library(town: Town) -> None:
    one, other = need(1), replace(need(1), need_id=ident(0xB, 9))
    there = [replace(each, library_id=ELSEWHERE) for each in (one, other)]
    town.deliver([accepted(one, other)], [closed(one)], [transferred(one, other, library_id=ELSEWHERE, sequence=3)])
    town.schedule(group(2, places=5, library_id=ELSEWHERE))
    town.deliver([accepted(*there, sequence=4)])
    assert states(town) == ["ended", "held"]


def test_events_about_referrals_that_were_never_accepted_change_nothing(town: Town) -> None:
    town.schedule(group())
    town.deliver([withdrawn(need(1)), changed(need(2)), closed(need(3)), transferred(need(4), library_id=ELSEWHERE)])
    assert states(town) == []
    assert town.told() == []
