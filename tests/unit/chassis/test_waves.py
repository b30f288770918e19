"""Waves keep each key's order, lose nothing, repeat nothing, and make groups as large as they can be."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chassis.inbox.waves import waves
from contracts.envelope import Event
from contracts.event import EventData
from contracts.intake import PartnerChanged, PlacementAgreed, ReferralAccepted

_KINDS: list[type[EventData]] = [ReferralAccepted, PlacementAgreed, PartnerChanged]


def _event(number: int, key: str, kind: type[EventData]) -> Event:
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    return Event(kind, f"event-{number}", "urn:test", f"thing/{key}", moment, number, key, {})


histories = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(_KINDS)), max_size=60).map(
    lambda facts: [_event(number, key, kind) for number, (key, kind) in enumerate(facts)]
)


@given(histories)
def test_each_event_is_in_exactly_one_group(events: list[Event]) -> None:
    handed_over = [event.id for wave in waves(events) for group in wave for event in group]
    assert sorted(handed_over) == sorted(event.id for event in events)


@given(histories)
def test_each_key_keeps_its_order(events: list[Event]) -> None:
    arrived, handed_over = defaultdict(list), defaultdict(list)
    for event in events:
        arrived[event.partition_key].append(event.id)
    for wave in waves(events):
        for group in wave:
            for event in group:
                handed_over[event.partition_key].append(event.id)
    assert handed_over == arrived


@given(histories)
def test_no_key_is_twice_in_a_wave_and_no_type_in_two_of_its_groups(events: list[Event]) -> None:
    for wave in waves(events):
        keys = [event.partition_key for group in wave for event in group]
        assert len(set(keys)) == len(keys)
        types = [group[0].type for group in wave]
        assert len(set(types)) == len(types)
        assert all(event.type == group[0].type for group in wave for event in group)


@given(histories)
def test_there_are_no_more_waves_than_the_longest_key_has_events(events: list[Event]) -> None:
    longest = max((sum(e.partition_key == key for e in events) for key in "abcdef"), default=0)
    assert len(waves(events)) == longest


def test_a_group_keeps_the_order_of_arrival() -> None:
    events = [_event(number, f"key-{number}", ReferralAccepted) for number in (3, 1, 2)]
    assert waves(events) == [[events]]
