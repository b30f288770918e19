"""The inbox as nameko runs it: one green thread per queue of this process, and one for what was deferred."""

from __future__ import annotations

import threading
from typing import Any

from nameko.extensions import SharedExtension

from chassis.assembly import Assembly
from chassis.health import health
from chassis.inbox import status
from chassis.inbox.consumer import QueueConsumer
from chassis.inbox.deferred import Retrier
from chassis.inbox.processor import Processor
from chassis.inbox.retrying import Retrying
from chassis.inbox.settings import InboxSettings
from chassis.service_database import ServiceDatabase, configured
from chassis.settings import BrokerSettings
from chassis.topology import queue_name


class Inbox(SharedExtension):
    """Shared by all `@hears` of a service."""

    database = ServiceDatabase()

    def __init__(self) -> None:
        super().__init__()
        self._stopping = threading.Event()
        self._threads: list[Any] = []

    def setup(self) -> None:
        """Read what can be wrong before anything starts. Raises SettingsError, or ConfigurationError for handlers."""
        self._settings = configured(self.container, InboxSettings)
        self._broker = configured(self.container, BrokerSettings)
        self._assembly = Assembly(self.container)

    def start(self) -> None:
        for partition in self._broker.partitions:
            consumer = self._consumer(partition)
            self._threads.append(self.container.spawn_managed_thread(consumer.run, identifier=f"queue {partition}"))
        retrier = Retrier(self._assembly, self.database.database, self._settings, stopping=self._stopping)
        retrying = Retrying(retrier, self.database.database, stopping=self._stopping)
        self._threads.append(self.container.spawn_managed_thread(retrying.run, identifier="deferred"))
        # Without events a service still answers; what lags behind is said, and does not take it out of service.
        health.register("inbox", status.ask, essential=False)

    def _consumer(self, partition: int) -> QueueConsumer:
        queue = queue_name(self._assembly.service, partition, self._broker.partition_count)
        board = status.board[queue] = status.QueueStatus(queue, partition)
        database = self.database.database
        processor = Processor(self._assembly, database, queue, self._settings, self._stopping.wait)
        return QueueConsumer(
            database, self._broker.uri, processor, board, batch=self._settings.batch, stopping=self._stopping
        )

    def drain(self) -> None:
        """Take nothing more, and return when all that was taken is handled and acknowledged."""
        self._stopping.set()
        for thread in self._threads:
            thread.wait()

    stop = drain

    def kill(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.kill()
