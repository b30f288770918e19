"""What goes wrong costs only itself and what must come after it (design section 4, point 4)."""

from __future__ import annotations

import uuid

import orjson
import pytest

from chassis.inbox.reading import Delivery
from chassis.testing import Harness
from contracts.envelope import Event
from tests.support.events import library_registered, partner_changed, placement_agreed, referral_accepted
from tests.support.incoming import applied, ask, behave, deferred, ids, misbehave, parked


def broken(event: Event, how: str) -> bytes:
    """The same event, spoiled: with an unknown version, another type, or data that break its schema."""
    envelope = orjson.loads(event.raw)
    match how:
        case "unknown-version":
            envelope["type"] = envelope["type"].replace(".v1", ".v9")
        case "foreign-type":
            envelope["type"] = "com.example.other"
        case "breaks-schema":
            envelope["data"] = {"referralId": 5}
    return orjson.dumps(envelope)


@pytest.mark.parametrize("raw", [b"{not json", b"", b"[]", b'"text"', b"\x00\xff", b"{}"])
def test_bytes_that_are_no_event_are_parked_once_with_neighbours_unaffected(
    harness: Harness, counting: str, raw: bytes
) -> None:
    neighbours = [referral_accepted(), referral_accepted()]
    harness.deliver([neighbours[0], raw, raw, neighbours[1]])
    harness.deliver([raw])
    assert sorted(applied(counting)) == sorted(ids(neighbours))
    ((kept, reason),) = ask(counting, "select raw, reason from chassis.parked")
    assert (bytes(kept), reason) == (raw, "not-an-event")
    assert deferred(counting) == []


@pytest.mark.parametrize(
    ("how", "reason"),
    [("unknown-version", "unknown-type"), ("foreign-type", "unknown-type"), ("breaks-schema", "breaks-schema")],
)
def test_an_event_that_cannot_be_read_is_parked_once_and_its_key_waits(
    harness: Harness, counting: str, how: str, reason: str
) -> None:
    bad, neighbour = referral_accepted(), referral_accepted()
    after = placement_agreed(bad.subject_id)
    raw = broken(bad, how)
    harness.deliver([raw, after, neighbour])
    harness.deliver([raw])
    assert parked(counting) == {bad.id: reason}
    assert deferred(counting) == [after.id]
    assert applied(counting) == [neighbour.id]
    assert bytes(ask(counting, "select raw from chassis.parked")[0][0]) == raw


def test_an_event_without_a_handler_here_is_parked_and_not_lost(harness: Harness, counting: str) -> None:
    event = library_registered()
    harness.deliver([event])
    assert parked(counting) == {event.id: "no-handler"}


def test_a_repetition_of_an_applied_event_that_became_unreadable_is_still_a_repetition(
    harness: Harness, counting: str
) -> None:
    event = referral_accepted()
    harness.deliver([event])
    harness.deliver([broken(event, "breaks-schema"), placement_agreed(event.subject_id)])
    assert parked(counting) == {}
    assert len(applied(counting)) == 2


def test_an_event_that_fails_costs_only_itself_and_what_comes_after_it(harness: Harness, counting: str) -> None:
    bad = referral_accepted()
    after = [placement_agreed(bad.subject_id), placement_agreed(bad.subject_id, sequence=3)]
    neighbours = [referral_accepted(), referral_accepted()]
    misbehave(counting, bad, "raise")
    outcome = harness.deliver([neighbours[0], bad, after[0], neighbours[1]])
    later = harness.deliver([after[1]])
    assert sorted(applied(counting)) == sorted(ids(neighbours))
    assert deferred(counting) == [bad.id, after[0].id, after[1].id]
    assert [letter.id for letter in outcome.deferred + later.deferred] == deferred(counting)
    (error,) = ask(counting, "select error from chassis.deferred where event_id = %s", bad.id)[0]
    assert error["error"] == "RuntimeError"
    assert "as asked" not in orjson.dumps(error).decode()


def test_a_deferred_event_that_is_delivered_again_is_a_repetition(harness: Harness, counting: str) -> None:
    bad = referral_accepted()
    misbehave(counting, bad, "raise", times=1)
    harness.deliver([bad])
    harness.deliver([bad])
    assert (deferred(counting), applied(counting)) == ([bad.id], [])


def test_a_wrong_statement_is_the_events_own_fault(harness: Harness, counting: str) -> None:
    bad, neighbour = referral_accepted(), referral_accepted()
    misbehave(counting, bad, "23514")
    harness.deliver([bad, neighbour])
    assert (deferred(counting), applied(counting)) == ([bad.id], [neighbour.id])
    assert ask(counting, "select error ->> 'sqlstate' from chassis.deferred") == [("23514",)]


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "53100", "53200", "57P01", "08006"])
def test_an_infrastructure_error_has_the_whole_batch_tried_again_and_defers_nothing(
    harness: Harness, counting: str, sqlstate: str
) -> None:
    batch = [referral_accepted() for _ in range(5)]
    misbehave(counting, batch[3], sqlstate, times=2)
    outcome = harness.deliver(batch)
    assert sorted(applied(counting)) == sorted(ids(batch))
    assert ask(counting, "select count(distinct batch) from activities.applied") == [(1,)]
    assert (deferred(counting), parked(counting), len(outcome.applied)) == ([], {}, 5)


def test_what_always_takes_too_long_costs_only_itself_and_is_parked_in_the_end(harness: Harness, counting: str) -> None:
    """A statement_timeout is no outage: tried again as one, the event would stop its queue for ever."""
    bad, neighbour = referral_accepted(), referral_accepted()
    after = placement_agreed(bad.subject_id)
    misbehave(counting, bad, "57014")
    harness.deliver([bad, neighbour, after])
    assert (deferred(counting), applied(counting)) == ([bad.id, after.id], [neighbour.id])
    for _ in range(2):
        ask(counting, "update chassis.deferred set next_attempt_at = now() where event_id = %s", bad.id)
        assert harness.retry() == 0
    assert (parked(counting), deferred(counting)) == ({bad.id: "attempts-exhausted"}, [after.id])
    assert ask(counting, "select error ->> 'sqlstate' from chassis.parked") == [("57014",)]


def test_an_infrastructure_error_that_stays_gives_the_batch_back_untouched(harness: Harness, counting: str) -> None:
    batch = [referral_accepted(), referral_accepted()]
    misbehave(counting, batch[0], "53300")
    with pytest.raises(Exception, match="as asked"):
        harness.deliver(batch)
    assert (applied(counting), deferred(counting), parked(counting)) == ([], [], {})
    assert ask(counting, "select count(*) from chassis.inbox") == [(0,)]
    behave(counting)
    harness.deliver(batch)
    assert sorted(applied(counting)) == sorted(ids(batch))


def test_what_kills_the_process_is_parked_after_its_attempts(harness: Harness, counting: str) -> None:
    bad, neighbour = referral_accepted(), referral_accepted()
    after = placement_agreed(bad.subject_id)
    # Five attempts that began and of which nothing was ever heard again: the process was killed each time.
    ask(counting, "insert into chassis.attempt (event_id, attempts) values (%s, 5)", bad.id)
    harness.deliver([Delivery(event.raw, redeliveries=7) for event in (bad, after, neighbour)])
    assert parked(counting) == {bad.id: "crash-loop"}
    assert (deferred(counting), applied(counting)) == ([after.id], [neighbour.id])


def test_an_attempt_is_on_record_before_the_event_is_handled(
    harness: Harness, counting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[tuple[int]]] = []
    event = partner_changed(str(uuid.uuid4()), sequence=1)
    monkeypatch.setattr(
        harness.container.service_cls,
        "change",
        lambda self, events: seen.append(ask(counting, "select attempts from chassis.attempt")),
    )
    harness.deliver([Delivery(event.raw, redeliveries=2)])
    assert seen == [[(1,)]]


def test_infrastructure_errors_are_not_counted_as_attempts(harness: Harness, counting: str) -> None:
    event = referral_accepted()
    misbehave(counting, event, "57P03")
    for count in range(2, 12):
        with pytest.raises(Exception, match="as asked"):
            harness.deliver([Delivery(event.raw, redeliveries=count)])
    behave(counting)
    harness.deliver([Delivery(event.raw, redeliveries=12)])
    assert (applied(counting), parked(counting)) == ([event.id], {})
