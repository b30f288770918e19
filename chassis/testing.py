"""Drive a service without a broker or servers: deliver events, let timers tick, see what it told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nameko.containers import ServiceContainer

from chassis.assembly import Assembly
from chassis.database import Database
from chassis.inbox.deferred import Retrier
from chassis.inbox.outcome import Outcome
from chassis.inbox.processor import Processor
from chassis.inbox.reading import Delivery
from chassis.inbox.settings import InboxSettings
from chassis.service_database import configured
from chassis.timers import Every
from chassis.unit import Unit
from contracts.envelope import Event, parse, render

_RUNS = 1000


class Harness:
    """A service class on a migrated database; its providers are bound and set up, no server is started.

    `settings` stand over the environment, by the name of their variable: `INBOX_RETRY_BASE="0.01"`.
    """

    def __init__(self, service_cls: type[Any], database_url: str, **settings: str) -> None:
        config = {"ORGANISATION_NUMBER": "00000001234567890000", **settings, "DATABASE_URL": database_url}
        self.container = ServiceContainer(service_cls, config)
        for provider in self.container.dependencies:
            provider.setup()
        self.assembly = Assembly(self.container)
        self.settings = configured(self.container, InboxSettings)
        self.database = Database(database_url, application_name=f"{self.assembly.service}-harness",
                                 service=self.assembly.service)  # fmt: skip
        self._connection = self.database.dedicated()
        self._processor = Processor(
            self.assembly, self.database, f"{self.assembly.service}.harness", self.settings, lambda _seconds: False
        )

    def deliver(self, batch: Sequence[Event | bytes | Delivery]) -> Outcome:
        """Deliver these as one batch, as the consumer would; what became of each."""
        return self._processor.handle(self._connection, [_delivery(one) for one in batch])

    def retry(self) -> int:
        """Try every deferred event that is due; how many were applied."""
        return Retrier(self.assembly, self.database, self.settings).run_due()

    def tick(self, timer: str) -> int:
        """Let a timer run until it says that there is no more to do; how often it ran."""
        entrypoint = next((one for one in self.container.entrypoints if getattr(one, "name", None) == timer), None)
        if not isinstance(entrypoint, Every):
            raise LookupError(f"{self.assembly.service} has no timer named {timer}")
        for runs in range(1, _RUNS + 1):
            if not entrypoint.run_once(self.assembly, self.database):
                return runs
        raise AssertionError(f"timer {timer} still has more to do after {_RUNS} runs")

    def unit(self, **facts: Any) -> Unit:
        """A transaction of its own: `with harness.unit() as unit: harness.service(unit).store.…`"""
        return Unit(self.database, **facts)

    def service(self, unit: Unit) -> Any:
        """An instance of the service that works in this unit."""
        return self.assembly.instance(unit)

    def told(self) -> list[Event]:
        """Every event in the outbox, in order of telling."""
        return [parse(bytes(row["body"], "utf-8")) for row in self.rows("select body from chassis.outbox order by id")]

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What a query of the test's own sees, in a transaction of its own."""
        with self.database.connection() as connection, connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            names = [column.name for column in cursor.description or ()]
            found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()] if names else []
            connection.commit()
            return found

    def reconnect(self) -> None:
        """Go on as a process does that was started after another one died: what it had not committed is gone."""
        self._connection.close()
        self._connection = self.database.dedicated()

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()
        self.database.close_idle()

    def __enter__(self) -> Harness:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _delivery(one: Event | bytes | Delivery) -> Delivery:
    if isinstance(one, Delivery):
        return one
    return Delivery(one if isinstance(one, bytes) else one.raw or render(one))
