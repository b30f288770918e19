"""PostgreSQL and RabbitMQ for tests: private ones, or those that `DATABASE_URL` and `AMQP_URI` name.

A server that cannot be had fails the tests that need it; nothing is skipped.
"""

from __future__ import annotations

import os
import secrets
import shlex
from dataclasses import dataclass

from infra.local.databases import Databases
from infra.local.vhosts import Vhosts


@dataclass(frozen=True)
class TestPostgres:
    """A server on which tests make databases of their own."""

    __test__ = False
    databases: Databases

    def url(self, name: str) -> str:
        return self.databases.url(name)

    def create(self, name: str | None = None) -> str:
        """Address of a fresh empty database."""
        return self.databases.create(name or fresh_name())

    def drop(self, name: str) -> None:
        self.databases.drop(name)


@dataclass(frozen=True)
class TestBroker:
    """A broker on which tests make vhosts of their own."""

    __test__ = False
    vhosts: Vhosts

    @property
    def uri(self) -> str:
        return self.vhosts.uri

    def vhost(self) -> str:
        """AMQP address of a vhost in which nothing happened yet."""
        return self.vhosts.fresh()


def named_postgres(url: str) -> TestPostgres:
    """The server of somebody else that `DATABASE_URL` names; its role must be allowed to create databases."""
    return TestPostgres(Databases(url))


def named_broker(uri: str) -> TestBroker:
    """The broker of somebody else that `AMQP_URI` names. `RABBITMQCTL` is how its rabbitmqctl is run from here."""
    return TestBroker(Vhosts(uri, os.environ, shlex.split(os.environ.get("RABBITMQCTL", ""))))


def fresh_name() -> str:
    return f"test_{secrets.token_hex(6)}"
