"""What was published and is not yet confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

Row = TypeVar("Row")


class Window(Generic[Row]):
    """Messages published one after another on a channel, whose delivery tags count from 1 and go on."""

    def __init__(self) -> None:
        self._last_tag = 0
        self._rows: list[Row] = []
        self._open: set[int] = set()

    def begin(self, rows: Sequence[Row]) -> None:
        """These are published now, in this order. Only when the window before is confirmed."""
        self._rows = list(rows)
        self._open = set(range(self._last_tag + 1, self._last_tag + len(rows) + 1))
        self._last_tag += len(rows)

    def confirm(self, tag: int, *, multiple: bool) -> None:
        """The broker took this message, or with `multiple` all up to it."""
        if multiple:
            self._open = {open_tag for open_tag in self._open if open_tag > tag}
        else:
            self._open.discard(tag)

    @property
    def is_open(self) -> bool:
        """Whether a confirmation is still to come."""
        return bool(self._open)

    def take_confirmed(self) -> list[Row]:
        """The rows before the first that is not confirmed, and close the window.

        What was confirmed behind that one is published again with it, so that the order is right for whoever missed it.
        """
        first = self._last_tag - len(self._rows) + 1
        sure = (min(self._open) if self._open else self._last_tag + 1) - first
        rows, self._rows, self._open = self._rows[:sure], [], set()
        return rows
