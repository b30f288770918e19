"""Whatever bytes come in, reading says what they are and never raises."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.inbox.reading import Delivery, read
from tests.support.events import referral_accepted

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)  # fmt: skip


def changed(**attributes: object) -> bytes:
    envelope = orjson.loads(referral_accepted().raw) | attributes
    return orjson.dumps({name: value for name, value in envelope.items() if value is not ...})


def test_a_good_event_is_read_whole() -> None:
    event = referral_accepted()
    letter = read(Delivery(event.raw, redeliveries=3))
    assert (letter.event, letter.reason, letter.error) == (event, None, None)
    assert (letter.id, letter.partition_key, letter.redeliveries) == (event.id, event.partition_key, 3)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not-an-event"),
        (b"\xff\xfe", "not-an-event"),
        (b"[1, 2]", "not-an-event"),
        (b"x" * 70_000, "not-an-event"),
        (changed(id="seventeen"), "not-an-event"),
        (changed(id=17), "not-an-event"),
        (changed(time="yesterday"), "not-an-event"),
        (changed(time="2027-01-01T00:00:00"), "not-an-event"),
        (changed(time="0001-01-01T00:00:00+23:59"), "not-an-event"),
        (changed(subject="referral/\x00"), "not-an-event"),
        (changed(partitionkey="p" * 501), "not-an-event"),
        (changed(specversion="2.0"), "not-an-event"),
        (changed(type="nl.newcomers.referral-accepted.v99"), "unknown-type"),
        (changed(type="com.example.something"), "unknown-type"),
        (changed(data={"referralId": "no"}), "breaks-schema"),
        (changed(data=["a", "list"]), "breaks-schema"),
        (changed(data=...), "breaks-schema"),
    ],
)
def test_what_cannot_be_read_has_a_reason(raw: bytes, reason: str) -> None:
    letter = read(Delivery(raw))
    assert letter.event is None
    assert letter.reason == reason
    assert letter.error
    assert letter.raw == raw


def test_an_unreadable_event_keeps_its_id_key_and_time() -> None:
    event = referral_accepted()
    letter = read(Delivery(event.raw.replace(b".v1", b".v7")))
    assert (letter.id, letter.partition_key, letter.time) == (event.id, event.partition_key, event.time)


def test_bytes_without_an_id_have_the_same_id_each_time_and_no_place_in_the_inbox() -> None:
    first, again, other = (read(Delivery(raw)) for raw in (b"junk", b"junk", b"other junk"))
    assert first.id == again.id != other.id
    assert (first.time, first.partition_key) == (None, None)


@given(json_values | st.dictionaries(st.sampled_from(sorted(orjson.loads(referral_accepted().raw))), json_values))
def test_no_json_whatever_makes_it_raise(value: object) -> None:
    whole = orjson.loads(referral_accepted().raw)
    read(Delivery(orjson.dumps(value)))
    read(Delivery(orjson.dumps(whole | value if isinstance(value, dict) else whole)))


@given(st.binary(max_size=200))
def test_no_bytes_whatever_make_it_raise(raw: bytes) -> None:
    assert read(Delivery(raw)).raw == raw
