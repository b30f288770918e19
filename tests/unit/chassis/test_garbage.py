"""What is there when a process has started is left alone by later collections; what comes after is not."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from chassis.garbage import settle


class Ring:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def unsettled() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_was_garbage_before_is_gone() -> None:
    before = weakref.ref(Ring())
    settle()
    assert before() is None


def test_what_is_there_is_left_out_and_what_comes_is_collected() -> None:
    there = Ring()
    settle()
    assert gc.get_freeze_count() > 0
    assert not any(one is there for one in gc.get_objects())
    after = weakref.ref(Ring())
    gc.collect()
    assert after() is None
