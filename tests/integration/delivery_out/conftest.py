"""A migrated database of intake's, and a vhost with the topology."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chassis.database import Database
from chassis.topology import declare
from tests.support.outgoing import migrated


@pytest.fixture
def intake(database: str) -> Iterator[Database]:
    """intake's migrated database."""
    found = migrated(database)
    yield found
    found.close_idle()


@pytest.fixture
def wired(amqp_uri: str) -> str:
    """Address of a vhost in which everything is declared."""
    declare(amqp_uri)
    return amqp_uri
