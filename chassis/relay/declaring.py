"""Bring the topology about without waiting: one step after another on a channel of its own, and again every minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pika
import pika.channel
import pika.exceptions
import structlog
from pika.adapters.select_connection import IOLoop

from chassis import metrics
from chassis.topology import Step, TopologyError, bringing_about, refusal

log = structlog.get_logger()


class Declarer:
    """Declares once before anything is published, and then every so many seconds on the same connection."""

    def __init__(self, loop: IOLoop, every: float) -> None:
        self._loop = loop
        self._known: dict[str, int] = {}
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

        Declaring(connection, self._known, declared).begin()

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

        Declaring(connection, self._known, declared).begin()

    def _complain(self, complaint: str | None) -> None:
        """While events flow, a queue with other arguments is no reason to stop them; it is said once."""
        if complaint and complaint != self._last_complaint:
            log.error("topology_differs", problem=complaint)
        self._last_complaint = complaint
        metrics.topology_differs.set(1 if complaint else 0)


class Declaring:
    """Looks which queues are missing, so that it can say so, then declares everything; calls `done` once.

    `known`: partitions of each service as last seen; brought up to date.
    """

    def __init__(
        self,
        connection: pika.SelectConnection,
        known: dict[str, int],
        done: Callable[[TopologyError | None], None],
    ) -> None:
        self._connection = connection
        self._dialogue = bringing_about(known)
        self._done = done
        self._step: Step = next(self._dialogue)
        self._channel: pika.channel.Channel | None = None

    def begin(self) -> None:
        """Open a channel and go."""
        self._connection.channel(on_open_callback=self._opened)

    def _opened(self, channel: pika.channel.Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._closed)
        self._carry_out()

    def _carry_out(self) -> None:
        if self._channel is not None and self._channel.is_open:  # else the session is ending
            getattr(self._channel, self._step.method)(**self._step.arguments, callback=self._declared)

    def _declared(self, _reply: Any) -> None:
        if self._answered(there=True):
            self._carry_out()

    def _closed(self, _channel: pika.channel.Channel, reason: BaseException) -> None:
        if not self._connection.is_open or not isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            return  # closed by us, or the whole connection ended, which others tell of
        if not self._step.is_gone(reason.reply_code):
            self._done(refusal(self._step, reason.reply_code, reason.reply_text))
        elif self._answered(there=False):
            self.begin()

    def _answered(self, *, there: bool) -> bool:
        """Whether another step is to be carried out."""
        try:
            self._step = self._dialogue.send(there)
        except StopIteration as end:
            self._finish(end.value)
            return False
        return True

    def _finish(self, missing: list[str]) -> None:
        if missing:
            metrics.queues_repaired.inc(len(missing))
            log.warning("queues_were_missing", queues=missing, hint="audit and replay, if this is not a first start")
        if self._channel is not None and self._channel.is_open:
            self._channel.close()
        self._done(None)
