"""How long to wait before the next attempt."""

from __future__ import annotations

import random


def delay(attempt: int, *, base: float, cap: float) -> float:
    """Seconds to wait after this attempt, counted from 1: doubling from `base` up to `cap`, a quarter either way.

    The jitter keeps those that failed together from trying again together.
    """
    wait: float = min(cap, base * 2.0 ** min(max(attempt, 1) - 1, 40))
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 (spreads load, guards nothing)


class Backoff:
    """Waits that grow until something succeeds."""

    def __init__(self, base: float, cap: float) -> None:
        self._base = base
        self._cap = cap
        self._failures = 0

    def failed(self) -> float:
        """One more failure in a row; the seconds to wait."""
        self._failures += 1
        return delay(self._failures, base=self._base, cap=self._cap)

    def succeeded(self) -> None:
        """Begin anew."""
        self._failures = 0
