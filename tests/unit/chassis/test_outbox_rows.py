"""An event is rendered when it is told and numbered when it is committed."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.outbox_rows import Told, prepare
from contracts.envelope import MAX_BYTES, Event, TooLarge, parse, render
from contracts.intake import LibraryRegistered


def library(name: str) -> Event:
    library_id = str(uuid.uuid4())
    return Event(
        event=LibraryRegistered,
        id=str(uuid.uuid4()),
        source="urn:nld:oin:1:systeem:intake",
        subject=f"library/{library_id}",
        time=datetime.now(UTC),
        sequence=7,
        partition_key=library_id,
        data={"library_id": library_id, "name": name, "mailbox": "a@b.example", "language": "nl", "serves": []},
    )


def with_sequence(told: Told, sequence: int) -> bytes:
    return f"{told.head}{sequence}{told.tail}".encode()


@given(name=st.text(min_size=1, max_size=200), sequence=st.integers(1, 2**62))
def test_only_the_sequence_attribute_is_filled_in(name: str, sequence: int) -> None:
    event = library(name)
    numbered = parse(with_sequence(prepare(event), sequence))
    assert numbered.sequence == sequence
    assert numbered.data["name"] == name


@pytest.mark.parametrize("name", ['"sequence":"0"', '\\"sequence\\":\\"0\\"', '","sequence":"0","x":"'])
def test_a_text_that_looks_like_the_attribute_stays_as_it_is(name: str) -> None:
    event = library(name)
    assert with_sequence(prepare(event), 7) == render(event)


def test_an_event_too_large_with_its_longest_sequence_is_refused_when_told() -> None:
    event = library("x")
    served = [{"municipality": "GM0153", "kinds": []}]
    event.data["serves"] = served * ((MAX_BYTES - len(render(event))) // 40)
    fits = prepare(event)
    assert len(with_sequence(fits, 2**63 - 1)) <= MAX_BYTES
    event.data["serves"] = served * (MAX_BYTES // 30)
    with pytest.raises(TooLarge):
        prepare(event)


def test_data_that_breaks_its_schema_is_refused_when_told() -> None:
    event = library("x")
    del event.data["mailbox"]
    with pytest.raises(ValueError, match="mailbox"):
        prepare(event)
