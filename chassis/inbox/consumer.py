"""Attend one queue while the process lives: hold its lock, take batches, acknowledge, begin anew after faults."""

from __future__ import annotations

import itertools
import threading
import time

import structlog

from chassis import metrics
from chassis.addresses import Addresses
from chassis.backoff import Backoff
from chassis.database import Database, is_infrastructure
from chassis.failpoints import failpoint
from chassis.inbox.feed import BROKER_ERRORS, Feed, NotOpen
from chassis.inbox.hold import Hold
from chassis.inbox.processor import Processor
from chassis.inbox.status import QueueStatus
from chassis.logs import describe

log = structlog.get_logger()

_PATIENCE_S = 0.5
_TURN_S = 1.0
_CLOSED_S = 2.0
_QUIET_S = 0.2
_FILL_S = 12.0
"""So long may the window take to fill when we stop: half of the grace that a process has."""
_REST_PER_BATCH = 3.0
_LONGEST_REST_S = 0.05


class Ended(Exception):
    """This queue is worked off for good."""


def rest_after(handled: int, most: int, *, took: float) -> float:
    """Seconds to leave the queue alone after a batch of `handled` events, of `most`, that took so many seconds.

    A batch of two costs nearly what one of ten does. So what comes while others need the processor is taken together,
    and nobody waits long for it: none after a full batch (there is more), at most 50 ms after any (ADR 0033).
    """
    return min(_LONGEST_REST_S, _REST_PER_BATCH * took) if 0 < handled < most else 0.0


class QueueConsumer:
    """Handles what one queue delivers, batch after batch, until told to stop."""

    def __init__(
        self, database: Database, amqp_uri: str, processor: Processor, status: QueueStatus, *, batch: int,
        stopping: threading.Event,
    ) -> None:  # fmt: skip
        self._database = database
        self._addresses = Addresses(amqp_uri)
        self._processor = processor
        self._status = status
        self._batch = batch
        self._stopping = stopping
        self._backoff = Backoff(base=0.2, cap=5.0)
        self._closed = Backoff(base=0.5, cap=_CLOSED_S)

    def run(self) -> None:
        """Return when stopped, with all that was prefetched handled and acknowledged. Raises nothing."""
        while not self._stopping.is_set():
            try:
                self._attend()
            except NotOpen as problem:
                self._wait_until_open(problem)
            except Exception as error:  # noqa: BLE001 (a consumer outlives every fault, and says so)
                self._stumbled(error)
        self._status.turn("stopped")

    def _attend(self) -> None:
        with Hold(self._database, self._status.queue) as hold:
            if not self._wait_for_turn(hold):
                return
            with Feed(self._addresses.turn()[0], self._status.queue, prefetch=self._batch) as feed:
                self._closed.succeeded()
                self._status.turn("active")
                log.info("queue_consumed", queue=self._status.queue)
                try:
                    self._handle(hold, feed)
                except Ended:
                    feed.close_for_good()
                    log.info("queue_ended", queue=self._status.queue)
                    return
            log.info("queue_drained", queue=self._status.queue)

    def _handle(self, hold: Hold, feed: Feed) -> None:
        """Return when stopped and all is worked off that was handed out. Raises Ended at the queue's end."""
        while not self._stopping.is_set():
            began = time.monotonic()
            handled = self._handle_some(hold, feed, _PATIENCE_S)
            self._backoff.succeeded()
            self._stopping.wait(rest_after(handled, self._batch, took=time.monotonic() - began))
        self._status.turn("draining")
        self._let_nothing_be_on_its_way(hold, feed)
        feed.cancel()
        while self._handle_some(hold, feed, 0.0):
            pass
        feed.acknowledge_all()

    def _let_nothing_be_on_its_way(self, hold: Hold, feed: Feed) -> None:
        """Apply without acknowledging until the broker has sent all that it may, or nothing comes any more.

        What is on its way when the queue is cancelled would be delivered again, to whoever comes next.
        """
        until = time.monotonic() + _FILL_S
        while not feed.is_full and time.monotonic() < until:
            if not self._handle_some(hold, feed, _QUIET_S, acknowledge=False):
                return

    def _wait_for_turn(self, hold: Hold) -> bool:
        """False when stopped before another process let go of this queue."""
        while not hold.taken():
            self._backoff.succeeded()
            if self._status.turn("standby"):
                log.info("queue_held_elsewhere", queue=self._status.queue)
            if self._stopping.wait(_TURN_S):
                return False
        return True

    def _handle_some(self, hold: Hold, feed: Feed, patience: float, *, acknowledge: bool = True) -> int:
        """One batch; how many it held. Raises Ended when all before the queue's end is acknowledged."""
        taken = feed.take(self._batch, patience)
        parcels = list(itertools.takewhile(lambda parcel: not parcel.is_end, taken))
        if not parcels:
            if taken:
                raise Ended
            hold.ping()
            return 0
        began = time.monotonic()
        outcome = self._processor.handle(hold.connection, [parcel.delivery for parcel in parcels])
        failpoint("inbox-after-commit")
        if acknowledge or len(parcels) < len(taken):
            feed.acknowledge(parcels[-1].tag)
        self._status.applied(outcome)
        metrics.inbox_batch.labels(self._status.queue).observe(len(parcels))
        metrics.inbox_seconds.labels(self._status.queue).observe(time.monotonic() - began)
        if len(parcels) < len(taken):
            raise Ended
        return len(parcels)

    def _wait_until_open(self, problem: NotOpen) -> None:
        if self._status.turn("closed", str(problem)):
            log.info("queue_not_open", queue=self._status.queue)
        self._stopping.wait(self._closed.failed())

    def _stumbled(self, error: Exception) -> None:
        """Everything is given back by now. Say what is wrong, and wait a little longer each time."""
        said = describe(error)
        reason = said.get("message") or said["error"]
        if is_infrastructure(error):
            self._status.turn("database-away", reason)
        elif isinstance(error, BROKER_ERRORS):
            self._status.turn("broker-away", reason)
        else:
            self._status.turn("failing", reason)
        wait = self._backoff.failed()
        log.warning("queue_let_go", queue=self._status.queue, state=self._status.state, failure=said,
                    again_in=round(wait, 2))  # fmt: skip
        self._stopping.wait(wait)
