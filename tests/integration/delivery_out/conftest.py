"""A migrated database of intake's, and a vhost with the topology."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from psycopg2 import sql

from chassis.database import Database
from chassis.migrations import migrate
from chassis.topology import declare
from tests.support.servers import TestPostgres, fresh_name


@pytest.fixture(scope="session")
def migrated_once(postgres: TestPostgres) -> Iterator[str]:
    """Name of a migrated database that nobody writes to, to copy from."""
    name = fresh_name()
    migrate(postgres.create(name), "intake")
    yield name
    postgres.drop(name)


@pytest.fixture
def intake(postgres: TestPostgres, migrated_once: str) -> Iterator[Database]:
    """intake's migrated database, fresh."""
    name = fresh_name()
    with closing(psycopg2.connect(postgres.url("postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(migrated_once))
            )
    found = Database(postgres.url(name), application_name="intake-test", service="intake", pool_size=30)
    yield found
    found.close_idle()
    postgres.drop(name)


@pytest.fixture
def wired(amqp_uri: str) -> str:
    """Address of a vhost in which everything is declared."""
    declare(amqp_uri)
    return amqp_uri
