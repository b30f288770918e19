"""What an operator can do about a parked event, and what waits behind it (design section 4, point 4)."""

from __future__ import annotations

import uuid

import orjson
import pytest

from chassis.inbox.parked import NotParked, ParkedStore, StillUnreadable
from chassis.testing import Harness
from contracts.envelope import Event
from tests.support.events import placement_agreed, referral_accepted
from tests.support.incoming import applied, ask, behave, deferred, ids, misbehave, parked


def exhausted(harness: Harness, counting: str, followers: int = 3) -> list[Event]:
    """A key whose first event was parked after its last attempt, with others behind it."""
    first = referral_accepted()
    misbehave(counting, first, "raise")
    events = [first, *(placement_agreed(first.subject_id, sequence=n + 2) for n in range(followers))]
    harness.deliver(events)
    for _ in range(3):
        ask(counting, "update chassis.deferred set next_attempt_at = now() where next_attempt_at < 'infinity'")
        harness.retry()
    assert parked(counting)[first.id] == "attempts-exhausted"
    return events


def of_a_later_version(event: Event) -> bytes:
    return event.raw.replace(b".v1", b".v7")


def test_a_replayed_event_is_applied_and_its_followers_after_it_in_order(harness: Harness, counting: str) -> None:
    events = exhausted(harness, counting)
    behave(counting)
    with harness.unit() as unit:
        ParkedStore(unit).replay_parked(events[0].id)
    assert harness.retry() == 4
    assert applied(counting) == ids(events)
    assert (parked(counting), deferred(counting)) == ({}, [])


def test_an_event_that_fails_again_is_parked_again_after_one_attempt(harness: Harness, counting: str) -> None:
    events = exhausted(harness, counting)
    with harness.unit() as unit:
        ParkedStore(unit).replay_parked(events[0].id)
    assert harness.retry() == 0
    assert parked(counting) == {events[0].id: "attempts-exhausted"}
    assert deferred(counting) == ids(events[1:])
    behave(counting)
    with harness.unit() as unit:
        ParkedStore(unit).replay_parked(events[0].id)
    harness.retry()
    assert applied(counting) == ids(events)


def test_a_discarded_event_never_comes_back_and_its_followers_go_on(harness: Harness, counting: str) -> None:
    events = exhausted(harness, counting)
    with harness.unit() as unit:
        ParkedStore(unit).discard_parked(events[0].id, by="operator-7", why="told twice by hand")
    assert harness.retry() == 3
    harness.deliver([events[0]])
    assert applied(counting) == ids(events[1:])
    assert ask(counting, "select event_id::text, discarded_by, reason, parked_reason from chassis.discarded") == [
        (events[0].id, "operator-7", "told twice by hand", "attempts-exhausted")
    ]


def test_a_decision_that_is_rolled_back_did_not_happen(harness: Harness, counting: str) -> None:
    events = exhausted(harness, counting)
    with harness.unit() as unit:
        ParkedStore(unit).discard_parked(events[0].id, by="operator-7", why="a mistake")
        unit.rollback()
    assert parked(counting) == {events[0].id: "attempts-exhausted"}
    assert harness.retry() == 0


def test_two_parked_events_of_one_key_are_decided_one_by_one(harness: Harness, counting: str) -> None:
    first = referral_accepted()
    second = placement_agreed(first.subject_id)
    last = placement_agreed(first.subject_id, sequence=3)
    harness.deliver([of_a_later_version(first), of_a_later_version(second), last])
    with harness.unit() as unit:
        ParkedStore(unit).discard_parked(first.id, by="operator-7", why="not needed")
    assert harness.retry() == 0
    with harness.unit() as unit:
        ParkedStore(unit).discard_parked(second.id, by="operator-7", why="not needed")
    assert harness.retry() == 1
    assert applied(counting) == [last.id]


def test_what_was_in_line_before_a_parked_event_is_not_held_up_by_it(harness: Harness, counting: str) -> None:
    first = referral_accepted()
    misbehave(counting, first, "raise")
    harness.deliver([first])
    second, third = placement_agreed(first.subject_id), placement_agreed(first.subject_id, sequence=3)
    harness.deliver([of_a_later_version(second), third])
    behave(counting)
    ask(counting, "update chassis.deferred set next_attempt_at = now()")
    assert harness.retry() == 1
    assert (applied(counting), deferred(counting)) == ([first.id], [third.id])


def test_an_event_that_no_release_can_read_yet_stays_parked(harness: Harness, counting: str) -> None:
    event = referral_accepted()
    harness.deliver([of_a_later_version(event)])
    with harness.unit() as unit, pytest.raises(StillUnreadable):
        ParkedStore(unit).replay_parked(event.id)
    assert parked(counting) == {event.id: "unknown-type"}


def test_an_event_that_a_new_release_can_read_is_applied_with_its_followers(harness: Harness, counting: str) -> None:
    event = referral_accepted()
    after = placement_agreed(event.subject_id)
    harness.deliver([of_a_later_version(event), after])
    # As if the release that knows this version had come: the kept bytes can be read now.
    ask(counting, "update chassis.parked set raw = %s", event.raw)
    with harness.unit() as unit:
        ParkedStore(unit).replay_parked(event.id)
    assert harness.retry() == 2
    assert applied(counting) == [event.id, after.id]


def test_nobody_decides_about_what_is_not_parked(harness: Harness) -> None:
    with harness.unit() as unit:
        store, nobody = ParkedStore(unit), str(uuid.uuid4())
        for decide in (store.show_parked, store.replay_parked):
            with pytest.raises(NotParked):
                decide(nobody)
        with pytest.raises(NotParked):
            store.discard_parked(nobody, by="operator-7", why="not there")


def test_pages_show_everything_once_oldest_first(harness: Harness, counting: str) -> None:
    junk = [f"junk {number}".encode() for number in range(7)]
    for start in range(0, 7, 2):
        harness.deliver(junk[start : start + 2])
    seen, after = [], None
    with harness.unit() as unit:
        while rows := ParkedStore(unit).parked_page(3, after):
            seen += [row["event_id"] for row in rows]
            after = (rows[-1]["parked_at"], rows[-1]["arrival"])
        assert "raw" not in ParkedStore(unit).parked_page(1)[0]
    assert seen == list(parked(counting))
    assert len(seen) == 7


def test_one_shows_its_bytes_its_error_and_how_many_wait_behind_it(harness: Harness, counting: str) -> None:
    events = exhausted(harness, counting)
    with harness.unit() as unit:
        shown = ParkedStore(unit).show_parked(events[0].id)
        waiting = ParkedStore(unit).waiting()
        page = ParkedStore(unit).deferred_page(10)
    assert orjson.loads(shown["raw"])["id"] == events[0].id
    assert (shown["behind"], shown["error"]["error"], shown["attempts"]) == (3, "RuntimeError", 3)
    assert (waiting.parked, waiting.deferred, waiting.behind_parked) == (1, 3, 3)
    assert [(row["event_id"], row["next_attempt_at"]) for row in page] == [(one, None) for one in ids(events[1:])]
