"""Change the number of a service's partitions while events flow, without loss or disorder (ADR 0020).

The new queues are bound beside the old ones. Once every relay has been confirmed what it published before that, a mark
of the end goes into each old queue: all that follows it is in the new queues too. Who consumes an old queue stops at
that mark, with all before it applied; when all have, the old queues are deleted and the new ones may be consumed.
What is in both is met twice, which the inbox absorbs. Each step can be done again: after a crash, the same change goes
on from where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Final

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

from chassis.failpoints import failpoint
from chassis.queue_standing import PartitionsError, Queue, Standing, queues, standing
from chassis.queues import COUNTS, END, Step, counts_mark, drains_mark, mark, open_mark, partition_steps, queue_names
from chassis.relay.pace import Pace
from chassis.topology import bringing_about, hold, repairing

_LOOK_S: Final = 0.25
SETTLE_S: Final = 2.0
"""At least so long between the new bindings and the end of the old queues: longer than a relay takes to declare."""
_CONFIRMED_S: Final = Pace().confirm_timeout + 5.0
"""After so long each relay was confirmed what it had under way, or has begun anew and published it again."""
_LOCKED: Final = 405

Tell = Callable[[str, dict[str, int]], None]
"""Hears what is being done, and how many messages each old queue still holds."""


class Unfinished(PartitionsError):
    """Another change was begun and not ended."""

    def __init__(self, found: Standing) -> None:
        super().__init__(
            f"A change of {found.service} to {found.count} partitions was begun and not ended; end that one first:"
            f" meedoen partitions set {found.service} {found.count}"
        )


class NotDrained(PartitionsError):
    """The old queues were not worked off in time; all is well, and the same command goes on from here."""

    def __init__(self, service: str, left: list[Queue]) -> None:
        said = ", ".join(f"{queue.name} ({queue.messages} messages)" for queue in left)
        alone = [queue.name for queue in left if not queue.consumers]
        why = f"Not worked off yet: {said}."
        if alone:
            why += f" Nobody consumes {', '.join(alone)}: let the processes of {service} run as they did before."
        super().__init__(f"{why} Nothing is lost; give the same command again.")


class Change:
    """One change of a service to a number of partitions, begun or gone on with.

    `confirmed` is asked whether all that any service told more than so many seconds ago is with the broker.
    """

    def __init__(
        self,
        connection: pika.BlockingConnection,
        service: str,
        count: int,
        *,
        confirmed: Callable[[float], bool],
        tell: Tell = lambda _what, _left: None,
        settle: float = SETTLE_S,
    ) -> None:
        self._connection = connection
        self._service = service
        self._count = count
        self._confirmed = confirmed
        self._tell = tell
        self._settle = settle

    def make(self, patience: float) -> bool:
        """Return when it is done; whether anything had to be. Waits `patience` seconds for the old queues.

        Raises Unfinished when another change comes first, NotDrained, TopologyError, and what pika raises.
        """
        self._alone()
        hold(self._connection, bringing_about({}))
        found = standing(self._connection, self._service)
        if found.count != self._count and not found.settled:
            raise Unfinished(found)
        if found.count == self._count and found.settled:
            self._delete_others()  # which only a relay that was stopped for the length of a change can have made
            return False
        before = tuple(count for count in (*found.before, found.count) if count != self._count)
        self._bind_new()
        self._stop_declaring(before)
        self._end(before)
        self._drain(before, patience)
        self._open_new(before)
        return True

    def _alone(self) -> None:
        """Nobody else changes this service while our connection lasts: the broker deletes the queue with it."""
        try:
            self._connection.channel().queue_declare(f"{self._service}.partitions", exclusive=True)
        except pika.exceptions.ChannelClosedByBroker as problem:
            if problem.reply_code != _LOCKED:
                raise
            raise PartitionsError(f"The partitions of {self._service} are being changed by somebody else.") from problem

    def _bind_new(self) -> None:
        self._tell(f"binding {self._count} new", {})
        hold(self._connection, _marking(counts_mark(self._service, self._count)))
        self._declare_new()
        failpoint("partitions-bound")

    def _declare_new(self) -> list[str]:
        return hold(self._connection, repairing(partition_steps(self._service, self._count)))

    def _stop_declaring(self, before: tuple[int, ...]) -> None:
        """Relays declare the old queues no more."""
        for count in before:
            hold(self._connection, _marking(drains_mark(self._service, count)))
            with self._channel() as channel:
                channel.exchange_delete(counts_mark(self._service, count))
        failpoint("partitions-unmarked")

    def _end(self, before: tuple[int, ...]) -> None:
        """Say in each old queue that it ends here, when the new ones get all that is published."""
        while True:
            self._tell("waiting until all that was published is confirmed", {})
            began = time.monotonic()
            while (passed := time.monotonic() - began) < self._settle or (
                passed < _CONFIRMED_S and not self._confirmed(passed)
            ):
                self._connection.sleep(_LOOK_S)
            if not self._declare_new():
                break
        for queue in self._not_ended(before):
            self._say_end(queue)
        failpoint("partitions-ended")
        for count in before:
            self._unbind(count)
        failpoint("partitions-unbound")

    def _unbind(self, count: int) -> None:
        """Before they are deleted: RabbitMQ 3.10 refuses what it is handed for a queue that is just being deleted."""
        with self._channel() as channel:
            for step in partition_steps(self._service, count):
                if step.method == "queue_bind":
                    channel.queue_unbind(**step.arguments)

    def _say_end(self, queue: Queue) -> None:
        with self._channel() as channel:
            if not queue.there:  # somebody deleted it: nothing is to be worked off
                channel.exchange_delete(open_mark(queue.name))
                return
            channel.confirm_delivery()
            channel.basic_publish("", queue.name, b"", pika.BasicProperties(type=END, delivery_mode=2), mandatory=True)

    def _not_ended(self, before: tuple[int, ...]) -> list[Queue]:
        found = [queue for count in before for queue in queues(self._connection, self._service, count)]
        return [queue for queue in found if queue.open]

    def _drain(self, before: tuple[int, ...], patience: float) -> None:
        until = time.monotonic() + patience
        while left := self._not_ended(before):
            self._tell("working off the old queues", {queue.name: queue.messages for queue in left})
            if time.monotonic() > until:
                raise NotDrained(self._service, left)
            self._connection.sleep(_LOOK_S)
        failpoint("partitions-drained")

    def _open_new(self, before: tuple[int, ...]) -> None:
        """The old queues go, whatever follows their end; the new ones may be consumed."""
        self._delete_others()
        for queue in queue_names(self._service, self._count):
            hold(self._connection, _marking(open_mark(queue)))
        failpoint("partitions-opened")
        with self._channel() as channel:
            for count in before:
                channel.exchange_delete(drains_mark(self._service, count))

    def _delete_others(self) -> None:
        """The queues of every other number of partitions that are there: none of them is open."""
        for count in COUNTS:
            there = [queue.name for queue in queues(self._connection, self._service, count) if queue.there]
            if there and count != self._count:
                self._unbind(count)
                with self._channel() as channel:
                    for name in there:
                        channel.queue_delete(name)

    @contextmanager
    def _channel(self) -> Iterator[BlockingChannel]:
        channel = self._connection.channel()
        yield channel
        channel.close()


def _marking(name: str) -> Generator[Step, bool, None]:
    yield mark(name)
