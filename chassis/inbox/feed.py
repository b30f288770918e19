"""One queue's messages as raw bytes, over a broker connection of its own.

Nothing is ever handed back one by one, which would change the order: to give back, the connection is closed.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import amqp
import amqp.exceptions
import kombu
import kombu.exceptions

from chassis.inbox.reading import Delivery
from chassis.queues import END, open_mark

BROKER_ERRORS: Final = (OSError, amqp.exceptions.AMQPError, kombu.exceptions.KombuError)
"""What a broker or network that is away looks like. py-amqp lets OSError through, at an acknowledgement too."""

_SILENCE_S = 15.0
_SWEEP_S = 0.001
_FRAMES_S = 0.1
_TCP: Final = {
    getattr(socket, option): value
    for option, value in {"TCP_USER_TIMEOUT": 10_000, "TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 3, "TCP_KEEPCNT": 3}.items()
    if hasattr(socket, option)
}


class NotOpen(Exception):
    """This queue must not be consumed: the service has another number of partitions, or changes to this one."""

    tells_no_data = True


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery with the tag to acknowledge it by; or, when `is_end`, the mark of the queue's end (ADR 0020)."""

    tag: int
    delivery: Delivery
    is_end: bool = False


class Feed:
    """Consumes while it is entered. Every method raises one of BROKER_ERRORS when the broker is away.

    To enter raises NotOpen for a queue that must not be consumed.
    """

    def __init__(self, uri: str, queue: str, *, prefetch: int, heartbeat_s: int = 6) -> None:
        self._queue = queue
        self._heartbeat_s = heartbeat_s
        self._prefetch = prefetch
        self._arrived: deque[Parcel] = deque()
        self._sent = self._acknowledged = 0
        self._using = threading.RLock()
        self._closed = threading.Event()
        self._connection = kombu.Connection(
            uri, heartbeat=heartbeat_s, connect_timeout=5, transport_options={"socket_settings": _TCP}
        )

    def __enter__(self) -> Self:
        try:
            self._connection.ensure_connection(max_retries=0)
            # From here on py-amqp's own connection is used: kombu's would silently connect anew, without a consumer.
            self._amqp: Any = self._connection.connection
            # A broker that is there but silent must not hold us for ever.
            self._amqp.transport.sock.settimeout(_SILENCE_S)
            self._channel: Any = self._connection.channel()
            self._channel.auto_decode = False
            self._channel.basic_qos(0, self._prefetch, False)
            self._must_be_open()
            # Not through kombu's Consumer, which decompresses and decodes, and stumbles over a message that lies.
            self._tag = self._channel.basic_consume(
                self._queue, consumer_tag=f"{self._queue}-{os.getpid()}", callback=self._take_in
            )
            # Once more: now that we consume, it cannot be deleted and made anew unseen.
            self._must_be_open()
        except BaseException:
            self._connection.collect()
            raise
        threading.Thread(target=self._beat, name=f"heartbeat {self._queue}", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        try:
            if error is None:
                self._channel.close()
                self._connection.release()
        finally:
            self._connection.collect()

    def take(self, most: int, patience: float) -> list[Parcel]:
        """As many as are there, up to `most`. Waits `patience` seconds for the first, and for no other."""
        with self._using:
            if not self._arrived and not self._read(patience):
                self._amqp.heartbeat_tick()
            while len(self._arrived) < most and self._read(_SWEEP_S):
                pass
            return [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]

    def acknowledge(self, tag: int) -> None:
        """This one and all before it."""
        with self._using:
            self._channel.basic_ack(tag, multiple=True)
            self._acknowledged = tag

    def acknowledge_all(self) -> None:
        """All that was sent: it is taken, and applied."""
        if self._sent > self._acknowledged:
            self.acknowledge(self._sent)

    @property
    def is_full(self) -> bool:
        """Whether the broker has sent all that it may before something is acknowledged."""
        return self._sent - self._acknowledged >= self._prefetch

    def cancel(self) -> None:
        """Have no more sent; what was sent before is still to be taken and acknowledged.

        RabbitMQ drops deliveries that cross the cancellation, and marks them redelivered. None can when this is full.
        """
        with self._using:
            self._channel.basic_cancel(self._tag)
            # py-amqp rejects with requeue, which changes the order, whatever comes for a tag that it has forgotten.
            self._channel.callbacks[self._tag] = self._take_in

    def close_for_good(self) -> None:
        """Let nobody consume this queue any more: all that came before its end is applied and acknowledged."""
        with self._using:
            self._channel.exchange_delete(open_mark(self._queue))

    def _must_be_open(self) -> None:
        try:
            self._channel.exchange_declare(open_mark(self._queue), "fanout", passive=True)
        except amqp.exceptions.NotFound as problem:
            raise NotOpen(f"{self._queue} is not open to be consumed") from problem

    def _read(self, timeout: float) -> bool:
        """Whether something came in. Not by py-amqp's drain_events: each heartbeat would begin its timeout anew."""
        until = time.monotonic() + timeout + _FRAMES_S
        try:
            while not self._amqp.blocking_read(timeout):
                if time.monotonic() > until:
                    return False
        except TimeoutError:
            return False
        return True

    def _take_in(self, message: Any) -> None:
        count = (message.headers or {}).get("x-delivery-count", 0)
        raw = message.body if isinstance(message.body, bytes) else bytes(message.body or b"")
        delivery = Delivery(raw, count if isinstance(count, int) else 0)
        self._sent = message.delivery_tag
        self._arrived.append(Parcel(message.delivery_tag, delivery, message.properties.get("type") == END))

    def _beat(self) -> None:
        """Keep the connection alive while a long batch keeps the reader away from it."""
        while not self._closed.wait(self._heartbeat_s / 3):
            try:
                with self._using:
                    self._amqp.send_heartbeat()
            except (*BROKER_ERRORS, AttributeError):
                # py-amqp raises AttributeError on a connection that is gone; the reader meets the same and reports it.
                return
