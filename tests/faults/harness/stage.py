"""The platform that faults happen to: every process apart, with orders for each, and eyes in every database."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from chassis.database import Connection, Database
from chassis.topology import connect
from contracts.catalogue import SERVICES
from infra.local.cluster import Cluster
from infra.local.installation import Installation
from infra.local.postgres import Postgres
from infra.local.processes import Process, until
from infra.local.rabbitmq import RabbitMQ
from ops.api import Api, Lasting
from ops.demo.loading import Loader
from ops.running import Running
from ops.tokens import partner_token
from tests.faults.harness.orders import Orders
from tests.faults.harness.world import partner_id, world
from tests.support.platform import Platform, running_platform

READY_S = 60.0
"""Seconds in which a process that was started must be well; what counts is measured, this only ends a wait."""


class Stage(Platform):
    """A running platform with a small world in it."""

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        self.running = Running(var, "tests.faults.harness.supervisor")
        self.orders = Orders(var)
        self.acknowledged: set[str] = set()
        self.token = Lasting(lambda: partner_token(self.at, partner_id()))
        self._eyes: dict[str, Connection] = {}

    @property
    def postgres(self) -> Postgres:
        assert self.at.postgres
        return self.at.postgres

    @property
    def rabbitmq(self) -> RabbitMQ | Cluster:
        assert self.at.rabbitmq
        return self.at.rabbitmq

    @property
    def partner(self) -> Api:
        """Intake, as the partner that refers."""
        return Api(self.at.url("intake"), self.token)

    def load_world(self) -> None:
        list(Loader(self.at, world(), self.memory).load())

    def ask(self, service: str, sql: str, **values: Any) -> list[dict[str, Any]]:
        """What a query sees in the database of a service. Raises psycopg2.Error."""
        try:
            return self._asked(service, sql, values)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self._eyes.pop(service).close() if service in self._eyes else None
            return self._asked(service, sql, values)

    def _asked(self, service: str, sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        if service not in self._eyes:
            self._eyes[service] = self.database(service).dedicated()
            self._eyes[service].autocommit = True
        with self._eyes[service].cursor() as cursor:
            cursor.execute(sql, values)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in (cursor.fetchall() if names else ())]

    def database(self, service: str) -> Database:
        """The database of a service, for whoever opens connections of its own."""
        return Database(self.at.database(service), application_name="faults", service=service)

    @contextmanager
    def channel(self) -> Iterator[Any]:
        """A channel of our own at the broker, with confirms."""
        with closing(connect(self.at.amqp_uri)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel

    # Processes.

    def process(self, name: str) -> Process:
        """The process that runs under this name now."""
        row = self.rows()[name]
        return Process(row["pid"], row["born"])

    def restarts(self) -> dict[str, int]:
        """How often each process was started again."""
        return {name: row["restarts"] for name, row in self.rows().items()}

    def terminate(self, name: str) -> int:
        """SIGTERM, as a deployment sends it; how often it had been started again before."""
        row = self.rows()[name]
        os.kill(row["pid"], signal.SIGTERM)
        return int(row["restarts"])

    def restart(self, name: str) -> None:
        """Stop it in order, and wait until the supervisor has it running again."""
        self.comes_back(name, self.terminate(name))

    def comes_back(self, name: str, restarts: int, seconds: float = READY_S) -> None:
        """Wait until it was started again and is well. Raises AssertionError."""
        assert until(lambda: self.is_back(name, restarts), seconds), f"{name} did not come back: {self.rows()[name]}"

    def dies(self, name: str, restarts: int, seconds: float = READY_S) -> None:
        """Wait until it has ended. Raises AssertionError."""
        assert until(lambda: self._has_died(name, restarts), seconds, every=0.02), f"{name} still lives"

    def _has_died(self, name: str, restarts: int) -> bool:
        row = self.rows()[name]
        return row["restarts"] > restarts or row["state"] == "restarting"

    def is_well(self, seconds: float = READY_S) -> None:
        """Wait until every process is well. Raises AssertionError."""
        assert until(self.all_ready, seconds), {name: row["state"] for name, row in self.rows().items()}

    def close(self) -> None:
        for connection in self._eyes.values():
            connection.close()


@contextmanager
def stage(var: Path, broker_nodes: int = 1) -> Iterator[Stage]:
    """A platform that was started for faults, and is stopped at the end."""
    if broker_nodes > 1:
        Installation(var, {}).with_broker_nodes(broker_nodes)
    with running_platform(var, Stage) as found:
        found.load_world()
        try:
            yield found
        finally:
            found.close()


NAMES = (*SERVICES, *(f"{service}-relay" for service in SERVICES))
"""Our own processes; `postgres` and `rabbitmq` are the servers."""
