"""Keep retrying deferred events, and keep the gauges of what waits."""

from __future__ import annotations

import threading
import time

import structlog

from chassis import metrics
from chassis.backoff import Backoff
from chassis.database import Database
from chassis.inbox.deferred import Retrier
from chassis.inbox.parked import ParkedStore
from chassis.logs import describe
from chassis.unit import Unit

log = structlog.get_logger()

_EVERY_S = 1.0
_GAUGES_S = 15.0


class Retrying:
    """A loop of its own in every process; the lines themselves are locked per key."""

    def __init__(self, retrier: Retrier, database: Database, *, stopping: threading.Event) -> None:
        self._retrier = retrier
        self._database = database
        self._stopping = stopping
        self._measured_at = -_GAUGES_S

    def run(self) -> None:
        """Return when stopped, after the line at hand. Raises nothing."""
        backoff = Backoff(base=_EVERY_S, cap=10.0)
        wait = 0.0
        while not self._stopping.wait(wait):
            try:
                self._retrier.run_due()
                self._measure()
                backoff.succeeded()
                wait = _EVERY_S
            except Exception as error:  # noqa: BLE001 (retries outlive every fault, and say so)
                wait = backoff.failed()
                log.warning("retries_interrupted", failure=describe(error), again_in=round(wait, 1))

    def _measure(self) -> None:
        if time.monotonic() - self._measured_at < _GAUGES_S:
            return
        with Unit(self._database) as unit:
            waiting = ParkedStore(unit).waiting()
        metrics.deferred.set(waiting.deferred)
        metrics.parked.set(waiting.parked)
        metrics.behind_parked.set(waiting.behind_parked)
        self._measured_at = time.monotonic()
