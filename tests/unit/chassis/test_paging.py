"""Cursors keep the key of a row, for their own list alone; pages tell whether more follow."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.http import BadInput, Call, Page
from chassis.http.paging import Cursors
from chassis.identity import ANYONE
from chassis.sealing import Sealer

CURSORS = Cursors(Sealer(bytes(range(32))), "/notes")
PARTS = st.one_of(st.text(), st.integers(-(2**53), 2**53), st.none(), st.dates(), st.datetimes(timezones=st.just(UTC)))


@given(st.lists(PARTS, min_size=1, max_size=4).map(tuple))
def test_a_cursor_keeps_its_key(key: tuple[Any, ...]) -> None:
    assert CURSORS.read(CURSORS.make(key)) == key


def test_a_cursor_of_another_list_or_key_is_refused() -> None:
    cursor = CURSORS.make((1,))
    for other in (Cursors(Sealer(bytes(range(32))), "/books"), Cursors(Sealer(bytes(range(1, 33))), "/notes")):
        with pytest.raises(BadInput):
            other.read(cursor)


@given(st.text())
def test_made_up_cursors_are_bad_input_and_nothing_else(cursor: str) -> None:
    with pytest.raises(BadInput):
        CURSORS.read(cursor)


def call(**query: Any) -> Call:
    arguments = {"limit": ["2"], "kind": ["a", "b"], "after": ["old"]}
    return Call(ANYONE, None, {"limit": 2, **query}, {}, "GET", "/notes", "https://x/probe/v1", arguments, CURSORS)


def test_the_next_page_begins_behind_the_last_row_shown_and_keeps_the_other_parameters() -> None:
    rows = [{"at": datetime(2026, 1, day, tzinfo=UTC), "id": day} for day in (1, 2, 3)]
    page = Page.of(rows, call(), key=lambda row: (row["at"], row["id"]))
    assert page.items == rows[:2]
    assert page.next is not None
    start, _, cursor = page.next.rpartition("after=")
    assert start == "https://x/probe/v1/notes?limit=2&kind=a&kind=b&"
    assert CURSORS.read(cursor) == (datetime(2026, 1, 2, tzinfo=UTC), 2)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_last_page_has_no_next(count: int) -> None:
    assert Page.of([{"id": n} for n in range(count)], call(), key=lambda row: (row["id"],)).next is None


def test_addresses_are_quoted_and_camel_cased() -> None:
    assert call().url("/a b", file_id="x&y", none=None, since=date(2026, 1, 1)) == (
        "https://x/probe/v1/a%20b?fileId=x%26y&since=2026-01-01"
    )
