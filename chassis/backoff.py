"""How long to wait before the next attempt."""

from __future__ import annotations

import random


class Backoff:
    """Waits that double from `base` to `cap` seconds, a quarter either way, until something succeeds.

    The jitter keeps those that failed together from trying again together.
    """

    def __init__(self, base: float, cap: float) -> None:
        self._base = base
        self._cap = cap
        self._failures = 0

    def failed(self) -> float:
        """One more failure in a row; the seconds to wait."""
        wait = min(self._cap, self._base * 2.0 ** min(self._failures, 40))
        self._failures += 1
        return wait * random.uniform(0.75, 1.25)  # noqa: S311 (spreads load, guards nothing)

    def succeeded(self) -> None:
        """Begin anew."""
        self._failures = 0
