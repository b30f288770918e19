"""Servers for every test: started once a session, each test with a database and a vhost of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

from infra.local.postgres import Postgres
from infra.local.rabbitmq import RabbitMQ
from tests.support.servers import TestBroker, TestPostgres, fresh_name, named_broker, named_postgres

_TOGETHER: Final = ("tests/acceptance", "tests/faults/brief")
"""Folders whose tests share one platform."""


class ByFile(LoadScopeScheduling):
    """Where several processes run the tests, those of one file stay together, as they share its servers."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in _TOGETHER if file.startswith(f"{folder}/")), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """In order of collection: the acceptance tests, the longest together, begin first."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(scope="session")
def servers_directory() -> Iterator[Path]:
    """Where private servers live; only we can enter it, and it is gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="meedoen-test-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def postgres(servers_directory: Path) -> Iterator[TestPostgres]:
    """PostgreSQL: `.create()` an empty database, `.url(name)`, `.drop(name)`."""
    if url := os.environ.get("DATABASE_URL"):
        yield named_postgres(url)
        return
    server = Postgres(servers_directory / "postgres").start()
    yield TestPostgres(server.databases)
    server.stop_at_once()


@pytest.fixture
def database(postgres: TestPostgres) -> Iterator[str]:
    """Address of a fresh empty database, dropped afterwards."""
    name = fresh_name()
    yield postgres.create(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def broker(servers_directory: Path) -> Iterator[TestBroker]:
    """RabbitMQ: `.vhost()` gives the address of a fresh vhost."""
    if uri := os.environ.get("AMQP_URI"):
        named = named_broker(uri)
        yield named
        named.vhosts.drop_all()
        return
    server = RabbitMQ(servers_directory / "rabbitmq").start()
    yield TestBroker(server.vhosts)
    server.kill()


@pytest.fixture
def amqp_uri(broker: TestBroker) -> str:
    """Address of a vhost in which nothing happened yet."""
    return broker.vhost()


@pytest.fixture(scope="module")
def private_postgres(servers_directory: Path) -> Iterator[Postgres]:
    """A PostgreSQL of this module's own, to stop, kill and restart: `.kill()`, `.stop_at_once()`, `.start()`."""
    server = Postgres(Path(tempfile.mkdtemp(prefix="postgres-", dir=servers_directory))).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def private_broker(servers_directory: Path) -> Iterator[RabbitMQ]:
    """A RabbitMQ of this module's own, to stop, kill and restart: `.kill()`, `.start()`, `.ctl(…)` for alarms."""
    server = RabbitMQ(Path(tempfile.mkdtemp(prefix="rabbitmq-", dir=servers_directory))).start()
    yield server
    server.kill()
