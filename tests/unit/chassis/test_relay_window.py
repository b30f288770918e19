"""Which rows are surely confirmed, whatever order the broker confirms in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chassis.relay.window import Window


def window(*rows: str) -> Window[str]:
    made: Window[str] = Window()
    made.begin(rows)
    return made


def test_all_confirmed_at_once() -> None:
    found = window("a", "b", "c")
    found.confirm(3, multiple=True)
    assert not found.is_open
    assert found.take_confirmed() == ["a", "b", "c"]


def test_confirmed_behind_an_open_one_is_published_again_with_it() -> None:
    found = window("a", "b", "c", "d")
    found.confirm(1, multiple=False)
    found.confirm(3, multiple=False)
    found.confirm(4, multiple=False)
    assert found.is_open
    assert found.take_confirmed() == ["a"]


def test_tags_go_on_with_the_next_window() -> None:
    found = window("a", "b")
    found.confirm(2, multiple=True)
    found.take_confirmed()
    found.begin(["c", "d"])
    found.confirm(3, multiple=True)
    assert found.is_open
    found.confirm(4, multiple=False)
    assert found.take_confirmed() == ["c", "d"]


def test_taken_rows_are_not_taken_twice() -> None:
    found = window("a")
    found.confirm(1, multiple=False)
    assert found.take_confirmed() == ["a"]
    assert found.take_confirmed() == []


@given(st.integers(1, 30), st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=40))
def test_takes_exactly_the_rows_before_the_first_open_one(size: int, confirms: list[tuple[int, bool]]) -> None:
    found = window(*map(str, range(1, size + 1)))
    confirmed: set[int] = set()
    for tag, multiple in confirms:
        found.confirm(tag, multiple=multiple)
        confirmed |= set(range(1, tag + 1)) if multiple else {tag}
    expected = []
    for tag in range(1, size + 1):
        if tag not in confirmed:
            break
        expected.append(str(tag))
    assert found.is_open == (len(expected) < size)
    assert found.take_confirmed() == expected
