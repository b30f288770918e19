"""A batch is taken in one transaction, each event exactly once, in order per key (design section 4, point 3)."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chassis import metrics
from chassis.inbox.reading import Delivery
from chassis.testing import Harness
from contracts.envelope import Event
from tests.support.events import partner_changed, placement_agreed, referral_accepted
from tests.support.incoming import applied, ask, counted, deferred, ids, misbehave, parked, transactions
from tests.support.outgoing import new_id


def test_a_repetition_has_no_effect_in_the_same_batch_or_a_later_one(harness: Harness, counting: str) -> None:
    event = referral_accepted()
    first = harness.deliver([event, event])
    again = harness.deliver([event])
    assert applied(counting) == [event.id]
    assert (len(first.applied), len(first.repeated), len(again.applied), len(again.repeated)) == (1, 1, 0, 1)
    assert len(harness.told()) == 1


def test_what_comes_again_is_counted_whether_it_was_applied_or_given_back(harness: Harness) -> None:
    def again() -> float:
        queue = {"queue": "activities.harness"}
        return metrics.REGISTRY.get_sample_value("meedoen_events_again_total", queue) or 0.0

    before, event = again(), referral_accepted()
    harness.deliver([event, referral_accepted()])
    assert again() == before
    harness.deliver([event, Delivery(referral_accepted().raw, redeliveries=1), referral_accepted()])
    assert again() == before + 2


def test_a_batch_is_one_transaction(harness: Harness, counting: str) -> None:
    first = referral_accepted()
    batch = [first, placement_agreed(first.subject_id), *(referral_accepted() for _ in range(20))]
    harness.deliver(batch)
    assert sorted(applied(counting)) == sorted(ids(batch))
    assert transactions(counting) == 1


def test_inbox_state_and_outbox_commit_together_or_not_at_all(harness: Harness, counting: str) -> None:
    event = referral_accepted()
    misbehave(counting, event, "raise")
    harness.deliver([event])
    assert applied(counting) == []
    assert harness.told() == []
    # Taken over all the same: it is deferred, so a repetition of it must not be applied.
    assert ask(counting, "select event_id::text from chassis.inbox") == [(event.id,)]


def test_events_of_one_type_with_distinct_keys_reach_a_group_handler_together(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(harness.container.service_cls, "accept", lambda self, events: calls.append(len(events)))
    harness.deliver([referral_accepted() for _ in range(50)])
    assert calls == [50]


def test_each_key_keeps_its_order_within_a_batch_and_over_batches(harness: Harness, counting: str) -> None:
    keys = [str(uuid.uuid4()) for _ in range(5)]
    history = [partner_changed(key, sequence=number) for number in range(1, 13) for key in keys]
    random.Random(4).shuffle(history)
    history.sort(key=lambda event: event.sequence // 4)
    for start in range(0, len(history), 17):
        harness.deliver(history[start : start + 17])
    happened = applied(counting)
    for key in keys:
        arrived = [event.id for event in history if event.partition_key == key]
        assert [one for one in happened if one in arrived] == arrived
    assert counted(counting) == dict.fromkeys(keys, 12)


def test_a_told_event_names_the_event_that_led_to_it_and_goes_on_in_its_trace(harness: Harness) -> None:
    causes = [referral_accepted(), referral_accepted()]
    harness.deliver(causes)
    told = {event.causation_id: event for event in harness.told()}
    assert set(told) == set(ids(causes))
    for cause in causes:
        assert (told[cause.id].traceparent or "").split("-")[1] == (cause.traceparent or "").split("-")[1]


def test_a_handler_of_single_events_works_in_the_name_and_trace_of_each(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Event, Event | None, str]] = []
    service = harness.container.service_cls
    monkeypatch.setattr(
        service, "agree", lambda self, event: seen.append((event, self.store.unit.cause, self.store.unit.traceparent))
    )
    harness.deliver([placement_agreed(new_id()), placement_agreed(new_id())])
    assert len(seen) == 2
    for event, cause, traceparent in seen:
        assert cause == event
        assert traceparent.split("-")[1] == (event.traceparent or "").split("-")[1]
        assert traceparent != event.traceparent


def test_an_event_older_than_the_inbox_remembers_is_parked_and_not_applied(harness: Harness, counting: str) -> None:
    now = datetime.now(UTC)
    old = referral_accepted(time=now - timedelta(days=42, minutes=1))
    young = referral_accepted(time=now - timedelta(days=41, hours=23))
    harness.deliver([old, young])
    assert applied(counting) == [young.id]
    assert parked(counting) == {old.id: "too-old"}


def test_an_event_from_a_clock_ahead_is_taken_like_any_other(harness: Harness, counting: str) -> None:
    event = referral_accepted(time=datetime.now(UTC) + timedelta(days=400))
    harness.deliver([event])
    harness.deliver([event])
    assert applied(counting) == [event.id]


def test_from_the_third_delivery_on_an_event_is_alone_in_its_transaction(harness: Harness, counting: str) -> None:
    batch = [Delivery(referral_accepted().raw, redeliveries=2) for _ in range(3)]
    harness.deliver([*batch, referral_accepted(), referral_accepted()])
    assert transactions(counting) == 4
    assert ask(counting, "select count(*) from chassis.attempt") == [(0,)]


def test_nothing_waits_when_nothing_went_wrong(harness: Harness, counting: str) -> None:
    harness.deliver([referral_accepted() for _ in range(3)])
    assert (deferred(counting), parked(counting)) == ([], {})
