"""The activities service on a real database, without a broker."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator

import pytest

from chassis.migrations import migrate
from chassis.testing import Harness
from services.activities.service import ActivitiesService
from tests.support.issuer import Issuer
from tests.support.servers import TestPostgres, fresh_name
from tests.support.service_process import ServiceProcess
from tests.support.town import Town

SESSION_KEY = base64.urlsafe_b64encode(os.urandom(32)).decode()


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


@pytest.fixture(scope="module")
def staff() -> Iterator[Issuer]:
    """Signs the tokens of staff."""
    issuer = Issuer("staff")
    yield issuer
    issuer.stop()


@pytest.fixture(scope="module")
def partners() -> Iterator[Issuer]:
    """Signs the tokens of partners."""
    issuer = Issuer("clients")
    yield issuer
    issuer.stop()


@pytest.fixture(scope="module")
def running(activities_database: str, staff: Issuer, partners: Issuer) -> Iterator[ServiceProcess]:
    """The activities service as a process, with its broker away: HTTP works all the same."""
    settings = {
        "DATABASE_URL": activities_database,
        "AMQP_URI": "amqp://guest:guest@127.0.0.1:1/nowhere",
        "HTTP_ADDRESS": "127.0.0.1:0",
        "PUBLIC_URL": "https://libraries.example/activities",
        "TRUSTED_ISSUERS": json.dumps([staff.trust, partners.trust]),
        "ORGANISATION_NUMBER": "00000001234567890000",
        "MASTER_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "SESSION_KEY": SESSION_KEY,
    }
    process = ServiceProcess("services.activities.service", settings).start()
    yield process
    assert process.stop() == 0
