"""The probe service as a process, on a database of its own, trusting an issuer of our own."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator

import httpx
import psycopg2
import pytest

from chassis.migrations import migrate
from tests.support import probe
from tests.support.issuer import Issuer
from tests.support.servers import TestPostgres, fresh_name
from tests.support.service_process import ServiceProcess

MASTER_KEY = base64.urlsafe_b64encode(os.urandom(32)).decode()


@pytest.fixture(scope="package")
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture(scope="package")
def staff_issuer() -> Iterator[Issuer]:
    issuer = Issuer("staff")
    yield issuer
    issuer.stop()


def prepared(postgres: TestPostgres, name: str) -> str:
    url = postgres.create(name)
    migrate(url, "probe")
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(probe.TABLE)
    connection.close()
    return url


def settings(database_url: str, *issuers: Issuer, **more: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "AMQP_URI": "amqp://guest:guest@127.0.0.1:1/nowhere",
        "HTTP_ADDRESS": "127.0.0.1:0",
        "PUBLIC_URL": "https://libraries.example/probe",
        "TRUSTED_ISSUERS": json.dumps([issuer.trust for issuer in issuers]),
        "ORGANISATION_NUMBER": "00000001234567890000",
        "MASTER_KEY": MASTER_KEY,
        "HTTP_READ_TIMEOUT": "2",
        "HTTP_KEEP_ALIVE": "5",
        **more,
    }


@pytest.fixture(scope="package")
def probe_database(postgres: TestPostgres) -> Iterator[str]:
    name = fresh_name()
    yield prepared(postgres, name)
    postgres.drop(name)


@pytest.fixture(scope="package")
def running(probe_database: str, issuer: Issuer, staff_issuer: Issuer) -> Iterator[ServiceProcess]:
    """The probe service, for tests that leave it as it was."""
    process = ServiceProcess("tests.support.probe", settings(probe_database, issuer, staff_issuer)).start()
    yield process
    assert process.stop() == 0


@pytest.fixture
def api(running: ServiceProcess, issuer: Issuer) -> Iterator[httpx.Client]:
    """A partner's client at the probe's API."""
    with httpx.Client(
        base_url=f"{running.address}/probe/v1", headers=issuer.bearer(), timeout=20, trust_env=False
    ) as client:
        yield client


@pytest.fixture
def own_database(postgres: TestPostgres) -> Iterator[str]:
    name = fresh_name()
    yield prepared(postgres, name)
    postgres.drop(name)


@pytest.fixture
def own(own_database: str, issuer: Issuer, staff_issuer: Issuer) -> Iterator[ServiceProcess]:
    """A probe service of the test's own, not started: to kill, stop and start."""
    process = ServiceProcess("tests.support.probe", settings(own_database, issuer, staff_issuer))
    yield process
    process.kill()
