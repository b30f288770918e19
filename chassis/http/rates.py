"""How often one organisation may ask, counted over all processes of a service (ADR 0025).

The count is a row in the service's own database, so that processes which share a port share it too. It is counted
ahead, a hundredth of the limit at a time and in a transaction of its own: most requests of a busy organisation ask
nobody, and one that fails counts. Windows are fixed; `limits` reads the rule and decides.
"""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import psycopg2
from limits import RateLimitItem
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from chassis import metrics
from chassis.database import Database, NoFreeConnection
from chassis.http.problem import Problem
from chassis.identity import Caller
from chassis.store import Store
from chassis.unit import Unit

_POLICY: Final = "organisation"
_PARTS: Final = 100
"""A process counts a hundredth of the limit ahead,"""
_MOST_AHEAD: Final = 100
"""and never more than so many."""
_PATIENCE_S: Final = 10.0
FORMS: Final = "forms"


class RateStore(Store, sql="rates.sql"):
    """The counts of one service."""

    def count(self, key: str, seconds: int, amount: int) -> dict[str, Any]:
        """One or more requests; how many there were in this window, and when it ends."""
        found = self.row("count_request", key=key, seconds=seconds, amount=amount, now=self.now)
        if found is None:
            raise LookupError("a count that was just written is gone")
        return found

    def used(self, limit: RateLimitItem, organisation: str) -> int:
        """How many requests of an organisation there were in the window that runs now."""
        return int(self.value("requests_counted", key=limit.key_for(organisation), now=self.now) or 0)

    def clear(self, key: str | None = None) -> int:
        """Begin anew, for one or for all; how many counts there were."""
        return self.run("clear_requests", key=key) if key is not None else self.run("clear_all_requests")


class Counts(Storage):
    """The storage of `limits` in PostgreSQL. A process numbers requests from what it has counted ahead.

    `ahead` is how many it counts at a time; so many of each window's requests may stay unused in each process.
    """

    STORAGE_SCHEME = None

    def __init__(self, database: Database, ahead: int = 1) -> None:
        super().__init__()
        self._database = database
        self._ahead = ahead
        self._counted: dict[str, _Counted] = defaultdict(_Counted)

    @property
    def base_exceptions(self) -> type[Exception]:
        return psycopg2.Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """The number of this request in its window. Raises psycopg2.Error while the database is away."""
        counted = self._counted[key]
        if not counted.lock.acquire(timeout=_PATIENCE_S):
            raise NoFreeConnection(f"the count of requests was not free within {_PATIENCE_S} s")
        try:
            if counted.left < amount or counted.ends_at <= time.time():
                more = max(self._ahead, amount)
                row = self._count(key, expiry, more)
                counted.last, counted.left, counted.ends_at = row["requests"], more, row["ends_at"].timestamp()
            counted.left -= amount
            return counted.number
        finally:
            counted.lock.release()

    def _count(self, key: str, expiry: int, amount: int) -> dict[str, Any]:
        with Unit(self._database) as unit:
            return RateStore(unit).count(key, expiry, amount)

    def get(self, key: str) -> int:
        counted = self._counted[key]
        return counted.number if counted.ends_at > time.time() else 0

    def get_expiry(self, key: str) -> float:
        return self._counted[key].ends_at or time.time()

    def check(self) -> bool:
        """Counting is its own check: it fails with the request."""
        return True

    def reset(self) -> int | None:
        self._counted.clear()
        return self._cleared(None)

    def clear(self, key: str) -> None:
        self._counted.pop(key, None)
        self._cleared(key)

    def _cleared(self, key: str | None) -> int:
        with Unit(self._database) as unit:
            return RateStore(unit).clear(key)


@dataclass(slots=True)
class _Counted:
    """What a process has counted ahead for one key: up to which number, how many of these it has not given out."""

    last: int = 0
    left: int = 0
    ends_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def number(self) -> int:
        """Of the request that was numbered last."""
        return self.last - self.left


class Rates:
    """Counts the requests of organisations: a partner's machines and its employees together. Staff are not counted.

    What is counted `apart` has the same limit beside it: :data:`FORMS`, what its employees send by pages.
    """

    def __init__(self, database: Database, limit: RateLimitItem | None) -> None:
        self._limit = limit
        ahead = min(_MOST_AHEAD, max(1, limit.amount // _PARTS)) if limit else 1
        self._limiter = FixedWindowRateLimiter(Counts(database, ahead))

    def take(self, caller: Caller, *apart: str) -> dict[str, str]:
        """Headers that say how many requests are left. Raises a Problem, 429, when none is."""
        counted = caller.organisation or (caller.id if caller.kind == "client" else None)
        if self._limit is None or counted is None:
            return {}
        allowed = self._limiter.hit(self._limit, counted, *apart)
        stats = self._limiter.get_window_stats(self._limit, counted, *apart)
        wait = max(1, math.ceil(stats.reset_time - datetime.now(UTC).timestamp()))
        headers = {
            "RateLimit-Policy": f'"{_POLICY}";q={self._limit.amount};w={self._limit.get_expiry()}',
            "RateLimit": f'"{_POLICY}";r={max(0, stats.remaining)};t={wait}',
        }
        if not allowed:
            metrics.http_limited.inc()
            raise Problem(
                429,
                detail=f"Your organisation may ask {self._limit}. Ask again in {wait} seconds.",
                type="too-many-requests",
                headers=headers | {"Retry-After": str(wait)},
            )
        return headers
