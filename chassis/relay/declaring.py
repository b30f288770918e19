"""Carry out the topology without waiting: one step after another on a channel of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pika
import pika.channel
import pika.exceptions
import structlog

from chassis import metrics
from chassis.topology import Step, TopologyError, checks, refusal, steps

log = structlog.get_logger()

_NOT_FOUND = 404


class Declaring:
    """First looks which queues are missing, so that it can say so, then declares everything.

    `done` is called once, with what went wrong or None.
    """

    def __init__(
        self,
        connection: pika.SelectConnection,
        partition_count: int | Mapping[str, int],
        done: Callable[[TopologyError | None], None],
    ) -> None:
        self._connection = connection
        self._checks: Sequence[Step] = checks(partition_count)
        self._steps: Sequence[Step] = steps(partition_count)
        self._done = done
        self._at = 0
        self._checking = True
        self._channel: pika.channel.Channel | None = None
        self.missing: list[str] = []

    def begin(self) -> None:
        self._open_channel()

    def _open_channel(self) -> None:
        self._connection.channel(on_open_callback=self._opened)

    def _opened(self, channel: pika.channel.Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._closed)
        self._next()

    def _next(self, _reply: Any = None) -> None:
        todo = self._checks if self._checking else self._steps
        if self._at == len(todo) and self._checking:
            self._checking, self._at, todo = False, 0, self._steps
        if self._at == len(todo):
            self._finish()
            return
        step = todo[self._at]
        getattr(self._channel, step.method)(**step.arguments, callback=self._declared)

    def _declared(self, _reply: Any) -> None:
        self._at += 1
        self._next()

    def _closed(self, _channel: pika.channel.Channel, reason: BaseException) -> None:
        if not self._connection.is_open or not isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            return  # the connection's own end tells
        step = (self._checks if self._checking else self._steps)[self._at]
        if self._checking and reason.reply_code == _NOT_FOUND:
            self.missing.append(step.arguments["queue"])
            self._at += 1
            self._open_channel()
            return
        self._done(refusal(step, reason.reply_code, reason.reply_text))

    def _finish(self) -> None:
        if self.missing:
            metrics.queues_repaired.inc(len(self.missing))
            log.warning(
                "queues_were_missing", queues=self.missing, hint="audit and replay, if this is not a first start"
            )
        if self._channel is not None:
            self._channel.close()
        self._done(None)
