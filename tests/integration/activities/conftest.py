"""The activities service on a real database, without a broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chassis.migrations import migrate
from chassis.testing import Harness
from services.activities.service import ActivitiesService
from tests.support.servers import TestPostgres, fresh_name
from tests.support.town import Town


@pytest.fixture(scope="module")
def activities_database(postgres: TestPostgres) -> Iterator[str]:
    """A migrated database for all tests of a module."""
    name = fresh_name()
    url = postgres.create(name)
    migrate(url, "activities")
    yield url
    postgres.drop(name)


@pytest.fixture
def harness(activities_database: str) -> Iterator[Harness]:
    with Harness(ActivitiesService, activities_database) as harness:
        yield harness


@pytest.fixture
def town(harness: Harness) -> Town:
    """Nothing has happened in it yet."""
    town = Town(harness)
    town.begin_anew()
    return town
