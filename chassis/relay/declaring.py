"""Carry out the topology without waiting: one step after another on a channel of its own, and again every minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pika
import pika.channel
import pika.exceptions
import structlog
from pika.adapters.select_connection import IOLoop

from chassis import metrics
from chassis.topology import Step, TopologyError, checked_steps, refusal

log = structlog.get_logger()


class Declarer:
    """Declares once before anything is published, and then every so many seconds on the same connection."""

    def __init__(self, loop: IOLoop, partition_count: int | Mapping[str, int], every: float) -> None:
        self._loop = loop
        self._partition_count = partition_count
        self._every = every
        self._stopped = False
        self._last_complaint: str | None = None

    def first(
        self,
        connection: pika.SelectConnection,
        done: Callable[[pika.SelectConnection, TopologyError | None], None],
    ) -> None:
        """Declare everything, then call `done` with what went wrong, or None."""

        def declared(problem: TopologyError | None) -> None:
            self._again_later(connection)
            done(connection, problem)

        Declaring(connection, self._partition_count, declared).begin()

    def stop(self) -> None:
        """Declare nothing more."""
        self._stopped = True

    def _again_later(self, connection: pika.SelectConnection) -> None:
        self._loop.call_later(self._every, lambda: self._again(connection))

    def _again(self, connection: pika.SelectConnection) -> None:
        if self._stopped or not connection.is_open:
            return

        def declared(problem: TopologyError | None) -> None:
            self._complain(str(problem) if problem else None)
            self._again_later(connection)

        Declaring(connection, self._partition_count, declared).begin()

    def _complain(self, complaint: str | None) -> None:
        """While events flow, a queue with other arguments is no reason to stop them; it is said once."""
        if complaint and complaint != self._last_complaint:
            log.error("topology_differs", problem=complaint)
        self._last_complaint = complaint
        metrics.topology_differs.set(1 if complaint else 0)


class Declaring:
    """Looks which queues are missing, so that it can say so, then declares everything; calls `done` once."""

    def __init__(
        self,
        connection: pika.SelectConnection,
        partition_count: int | Mapping[str, int],
        done: Callable[[TopologyError | None], None],
    ) -> None:
        self._connection = connection
        self._steps: Sequence[Step] = checked_steps(partition_count)
        self._done = done
        self._at = 0
        self._channel: pika.channel.Channel | None = None
        self._missing: list[str] = []

    def begin(self) -> None:
        """Open a channel and go."""
        self._connection.channel(on_open_callback=self._opened)

    def _opened(self, channel: pika.channel.Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._closed)
        self._next()

    def _next(self) -> None:
        if self._at == len(self._steps):
            self._finish()
            return
        if self._channel is None or not self._channel.is_open:
            return  # the session is ending
        step = self._steps[self._at]
        getattr(self._channel, step.method)(**step.arguments, callback=self._declared)

    def _declared(self, _reply: Any) -> None:
        self._at += 1
        self._next()

    def _closed(self, _channel: pika.channel.Channel, reason: BaseException) -> None:
        if not self._connection.is_open or not isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            return  # closed by us, or the whole connection ended, which others tell of
        step = self._steps[self._at]
        if step.is_gone(reason.reply_code):
            self._missing.append(step.arguments["queue"])
            self._at += 1
            self.begin()
        else:
            self._done(refusal(step, reason.reply_code, reason.reply_text))

    def _finish(self) -> None:
        if self._missing:
            metrics.queues_repaired.inc(len(self._missing))
            log.warning(
                "queues_were_missing", queues=self._missing, hint="audit and replay, if this is not a first start"
            )
        if self._channel is not None and self._channel.is_open:
            self._channel.close()
        self._done(None)
