"""How often one organisation may ask, counted over all processes of a service (ADR 0025).

The count is a row in the service's own database, so that processes which share a port share it too, and it is taken in
a transaction of its own: a request that fails counts. Windows are fixed; `limits` reads the rule and decides.
"""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import Any, Final

import psycopg2
from limits import RateLimitItem
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from chassis import metrics
from chassis.database import Database
from chassis.http.problem import Problem
from chassis.identity import Caller
from chassis.store import Store
from chassis.unit import Unit

_POLICY: Final = "organisation"


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
    """The storage of `limits` in PostgreSQL. What it knows of a window is as of this process' last count."""

    STORAGE_SCHEME = None

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self._seen: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        return psycopg2.Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Raises psycopg2.Error while the database is away."""
        unit = Unit(self._database)
        try:
            row = RateStore(unit).count(key, expiry, amount)
            unit.commit()
        finally:
            unit.close()
        self._seen[key] = (row["requests"], row["ends_at"].timestamp())
        return int(row["requests"])

    def get(self, key: str) -> int:
        requests, ends_at = self._seen.get(key, (0, 0.0))
        return requests if ends_at > time.time() else 0

    def get_expiry(self, key: str) -> float:
        return self._seen.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Counting is its own check: it fails with the request."""
        return True

    def reset(self) -> int | None:
        self._seen.clear()
        return self._cleared(None)

    def clear(self, key: str) -> None:
        self._seen.pop(key, None)
        self._cleared(key)

    def _cleared(self, key: str | None) -> int:
        unit = Unit(self._database)
        try:
            cleared = RateStore(unit).clear(key)
            unit.commit()
        finally:
            unit.close()
        return cleared


class Rates:
    """Counts the requests of organisations: a partner's machines and its employees together. Staff are not counted."""

    def __init__(self, database: Database, limit: RateLimitItem | None) -> None:
        self._limit = limit
        self._limiter = FixedWindowRateLimiter(Counts(database))

    def take(self, caller: Caller) -> dict[str, str]:
        """Headers that say how many requests are left. Raises a Problem, 429, when none is."""
        counted = caller.organisation or (caller.id if caller.kind == "client" else None)
        if self._limit is None or counted is None:
            return {}
        allowed = self._limiter.hit(self._limit, counted)
        stats = self._limiter.get_window_stats(self._limit, counted)
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
