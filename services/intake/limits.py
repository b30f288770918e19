"""How much a partner may send, and how much of that it uses now (ADR 0025)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from limits import RateLimitItem

from chassis.http.rates import RateStore
from services.intake.files.unreadable import LARGEST_FILE

LARGEST_REFERRAL: Final = 64 * 1024
"""Bytes of one referral as JSON."""


@dataclass(frozen=True, slots=True)
class Use:
    """`requests` in `seconds` at most (None: as many as it likes), of which `used` in the window that runs; bytes.

    Processes count some requests ahead of time, so `used` is an upper bound.
    """

    requests: int | None
    seconds: int
    used: int
    largest_referral: int = LARGEST_REFERRAL
    largest_file: int = LARGEST_FILE


class Limits:
    """The limit that holds for every organisation, and the counts of each."""

    def __init__(self, rate: RateLimitItem | None, counts: RateStore) -> None:
        self._rate = rate
        self._counts = counts

    def of(self, organisation: str) -> Use:
        """What machines and people of one organisation asked of the API together."""
        if self._rate is None:
            return Use(None, 0, 0)
        return Use(self._rate.amount, self._rate.get_expiry(), self._counts.used(self._rate, organisation))
