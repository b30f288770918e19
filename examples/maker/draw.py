"""Chance from a fixed seed. Built on `Random.random()` alone, whose values no Python version changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Everything that is left to chance in one file."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - reproducible examples, no secret

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` up to and with `high`, each as likely."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        return options[self.between(0, len(options) - 1)]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One key, as often as its weight says; weights need not add up to 1."""
        point = self._random.random() * sum(weights.values())
        for option, weight in weights.items():
            point -= weight
            if point < 0:
                return option
        return list(weights)[-1]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different ones, in the order of `options`."""
        chosen: set[int] = set()
        while len(chosen) < min(count, len(options)):
            chosen.add(self.between(0, len(options) - 1))
        return [options[index] for index in sorted(chosen)]

    def weekday(self, first: date, last: date) -> date:
        """A working day in this period."""
        day = first + timedelta(days=self.between(0, (last - first).days))
        return day - timedelta(days=max(0, day.weekday() - 4))
