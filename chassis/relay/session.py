"""One connection's work: declare, publish window after window, move what is confirmed.

Any trouble ends the session; :mod:`chassis.relay.run` begins a new one, from the lowest event that was not confirmed.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec

import pika
import pika.channel
import pika.spec
import psycopg2
import structlog

from chassis import metrics
from chassis.failpoints import failpoint
from chassis.relay.declaring import Declarer
from chassis.relay.endings import BrokerAway, Nacked, Returned, Unconfirmed
from chassis.relay.ledger import Ledger, Waiting
from chassis.relay.link import Link
from chassis.relay.pace import Pace
from chassis.relay.stopping import Stopping
from chassis.relay.window import Window
from chassis.topology import EXCHANGE, TopologyError, parameters, routing_key
from contracts.envelope import CONTENT_TYPE

log = structlog.get_logger()
P = ParamSpec("P")


def _in_loop(method: Callable[Concatenate[Session, P], None]) -> Callable[Concatenate[Session, P], None]:
    """A callback of the loop: what the database raises ends the session instead of being lost in pika."""

    @functools.wraps(method)
    def guarded(self: Session, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except psycopg2.Error as problem:
            self._end(problem)

    return guarded


class Session:
    """Runs once; `began` is called when it may publish. `moved` counts what was confirmed and moved."""

    def __init__(
        self,
        amqp_uri: str,
        ledger: Ledger,
        stopping: Stopping,
        pace: Pace,
        began: Callable[[], None] = lambda: None,
    ) -> None:
        self.moved = 0
        self._ledger = ledger
        self._ledger_fd = ledger.fileno()
        self._stopping = stopping
        self._pace = pace
        self._tell_began = began
        self._window: Window[Waiting] = Window()
        self._channel: pika.channel.Channel | None = None
        self._failure: BaseException | None = None
        self._ending = False
        self._blocked = False
        self._poll_after = pace.shortest_poll
        self._poll_timer: object | None = None
        self._confirm_timer: object | None = None
        self._link = Link(
            parameters(
                amqp_uri, blocked_timeout_s=pace.blocked_timeout, connect_timeout_s=min(10.0, pace.declare_timeout / 2)
            ),
            opened=self._opened,
            blocked=self._was_blocked,
            lost=self._lost,
        )
        self._loop = self._link.loop
        self._declarer = Declarer(self._loop, pace.topology_every)

    def run(self) -> None:
        """Publish until asked to stop, and return; or raise SessionEnded, TopologyError or psycopg2.Error."""
        self._loop.add_handler(self._ledger_fd, self._woken, self._loop.READ)
        self._loop.add_handler(self._stopping.fileno(), self._asked_to_stop, self._loop.READ)
        self._loop.call_later(self._pace.declare_timeout, self._not_begun)
        if self._stopping.requested:
            self._loop.call_later(0, self._wind_down)
        self._link.run()
        if not isinstance(self._failure, psycopg2.Error):
            self._move(self._window.take_confirmed())
        if self._failure is not None:
            raise self._failure

    # Until it may publish.

    def _opened(self, connection: pika.SelectConnection) -> None:
        self._declarer.first(connection, self._declared)

    def _declared(self, connection: pika.SelectConnection, problem: TopologyError | None) -> None:
        if problem is not None:
            self._end(problem)
        elif not self._ending:
            connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel: pika.channel.Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(self._returned)
        channel.confirm_delivery(self._confirmed, callback=lambda _reply: self._began())

    def _not_begun(self) -> None:
        if self._channel is None:
            self._end(BrokerAway(f"connecting and declaring took more than {self._pace.declare_timeout} s"))

    @_in_loop
    def _began(self) -> None:
        log.info("relay_publishing", window=self._pace.window)
        self._tell_began()
        self._maintain()
        self._publish_next()

    # Read, publish, confirm, move.

    @_in_loop
    def _publish_next(self) -> None:
        if self._ending or self._blocked or self._window.is_open or self._channel is None:
            return
        if self._stopping.requested:
            self._end(None)
            return
        self._publish(self._channel, self._ledger.waiting(self._pace.window))

    def _publish(self, channel: pika.channel.Channel, rows: list[Waiting]) -> None:
        if not rows:
            self._poll_later()
            return
        self._poll_after = self._pace.shortest_poll
        self._window.begin(rows)
        self._confirm_timer = self._loop.call_later(self._pace.confirm_timeout, self._too_late)
        for row in rows:
            _publish(channel, row)

    @_in_loop
    def _confirmed(self, frame: Any) -> None:
        if self._ending:
            return
        failpoint("relay-after-publish")
        if isinstance(frame.method, pika.spec.Basic.Nack):
            self._end(Nacked("the broker refused a message"))
            return
        self._window.confirm(frame.method.delivery_tag, multiple=frame.method.multiple)
        if not self._window.is_open:
            self._loop.remove_timeout(self._confirm_timer)
            failpoint("relay-after-confirm")
            self._go_on(self._window.take_confirmed())

    def _go_on(self, confirmed: list[Waiting]) -> None:
        if self._blocked or self._stopping.requested or self._channel is None:
            self._move(confirmed)
            self._publish_next()
            return
        waiting = self._ledger.move_and_read_on(confirmed, self._pace.window)
        self._moved(confirmed)
        self._publish(self._channel, waiting)

    def _move(self, rows: Sequence[Waiting]) -> None:
        if rows:
            self._ledger.move(rows)
            self._moved(rows)

    def _moved(self, rows: Sequence[Waiting]) -> None:
        self.moved += len(rows)
        metrics.events_published.inc(len(rows))
        failpoint("relay-after-move")

    def _returned(self, _channel: Any, _method: Any, properties: pika.BasicProperties, _body: bytes) -> None:
        self._end(Returned(f"{properties.type} {properties.message_id} reached no queue"))

    def _too_late(self) -> None:
        if self._blocked:  # how long that may last is `blocked_timeout`
            self._confirm_timer = self._loop.call_later(self._pace.confirm_timeout, self._too_late)
        else:
            self._end(Unconfirmed(f"no confirmation within {self._pace.confirm_timeout} s"))

    def _poll_later(self) -> None:
        if self._poll_timer is not None:
            self._loop.remove_timeout(self._poll_timer)
        self._poll_timer = self._loop.call_later(self._poll_after, self._publish_next)
        self._poll_after = min(self._poll_after * 2, self._pace.longest_poll)

    @_in_loop
    def _woken(self, _fd: int, _events: int) -> None:
        if self._ledger.woken():
            self._publish_next()

    @_in_loop
    def _maintain(self) -> None:
        if not self._ending:
            self._ledger.maintain(self._pace.retention_days)
            self._loop.call_later(self._pace.maintain_every, self._maintain)

    # Trouble, and the end.

    def _was_blocked(self, reason: str | None) -> None:
        self._blocked = reason is not None
        log.warning("broker_blocks_publishing" if self._blocked else "broker_unblocked_publishing", reason=reason)
        self._publish_next()

    def _channel_closed(self, _channel: Any, reason: BaseException) -> None:
        if not self._ending:
            self._end(BrokerAway(f"channel closed: {reason}"))

    def _asked_to_stop(self, _fd: int, _events: int) -> None:
        self._stopping.drain()
        if self._stopping.requested:
            self._wind_down()

    def _wind_down(self) -> None:
        """Publish nothing more; wait for what is under way, but not for ever."""
        if self._window.is_open:
            self._loop.call_later(self._pace.drain_timeout, lambda: self._end(None))
        else:
            self._end(None)

    def _end(self, failure: BaseException | None) -> None:
        if self._ending:
            return
        self._ending = True
        self._failure = failure
        self._declarer.stop()
        with contextlib.suppress(OSError):  # a lost connection closed its descriptor: the poller forgot it by itself
            self._loop.remove_handler(self._ledger_fd)
        self._link.close()

    def _lost(self, reason: str) -> None:
        if not self._ending:
            self._ending = True
            self._failure = BrokerAway(reason)


def _publish(channel: pika.channel.Channel, row: Waiting) -> None:
    channel.basic_publish(
        EXCHANGE,
        routing_key(row.type, row.partition_key),
        row.body.encode(),
        pika.BasicProperties(
            message_id=row.event_id,
            content_type=CONTENT_TYPE,
            type=row.type,
            delivery_mode=pika.DeliveryMode.Persistent.value,
        ),
        mandatory=True,
    )
