"""Notifications on a real database, with a mail server of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chassis.migrations import migrate
from chassis.testing import Harness
from services.notifications.service import NotificationsService
from tests.integration.notifications.world import World
from tests.support.mail_server import MailServer
from tests.support.servers import TestPostgres, fresh_name

TABLES = """
    select string_agg(format('%I.%I', schemaname, tablename), ', ') as tables from pg_tables
    where schemaname = 'notifications' or (schemaname = 'chassis' and tablename <> 'schema_migration')
"""
SETTINGS = {
    "PUBLIC_URL": "https://libraries.example/notifications",
    "STAFF_URL": "https://libraries.example",
    "MAIL_FROM": "Meedoen <meedoen@libraries.example>",
    "SMTP_TIMEOUT": "10",
    "MAIL_GATHER": "0.001",
    "MAIL_RETRY_FIRST": "0.001",
    "MAIL_RETRY_MOST": "0.001",
    "MAIL_SERVER_RETRY_FIRST": "0.001",
    "MAIL_SERVER_RETRY_MOST": "0.001",
}


@pytest.fixture(scope="module")
def notifications_database(postgres: TestPostgres) -> Iterator[str]:
    """A migrated database for all tests of a module."""
    name = fresh_name()
    url = postgres.create(name)
    migrate(url, "notifications")
    yield url
    postgres.drop(name)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """Takes all mail, unless told otherwise."""
    server = MailServer()
    yield server
    server.stop()


Start = Callable[..., Harness]


@pytest.fixture
def start(notifications_database: str) -> Iterator[Start]:
    """Starts the service with these settings on a database in which nothing happened yet."""
    started: list[Harness] = []

    def starting(**settings: str) -> Harness:
        harness = Harness(NotificationsService, notifications_database, **SETTINGS | settings)
        if not started:
            harness.rows(f"truncate {harness.rows(TABLES)[0]['tables']}")
        started.append(harness)
        return harness

    yield starting
    for harness in started:
        harness.close()


@pytest.fixture
def harness(start: Start, mail_server: MailServer) -> Harness:
    """The service, sending to the mail server."""
    return start(SMTP_URL=mail_server.url)


@pytest.fixture
def world() -> World:
    """What happens elsewhere."""
    return World()
