"""A real intake process on a database of its own, and one without servers for what no client sees."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chassis.migrations import migrate
from chassis.testing import Harness
from services.intake.service import IntakeService
from tests.support.intake_process import Intake
from tests.support.issuer import Issuer
from tests.support.servers import TestPostgres, fresh_name


@pytest.fixture(scope="package")
def staff() -> Iterator[Issuer]:
    """Signs the tokens of staff."""
    issuer = Issuer("staff")
    yield issuer
    issuer.stop()


@pytest.fixture(scope="package")
def intake(postgres: TestPostgres, staff: Issuer) -> Iterator[Intake]:
    """One intake process for the tests of this folder; each uses organisations of its own."""
    name = fresh_name()
    with Intake(postgres.create(name), staff) as running:
        yield running
    postgres.drop(name)


@pytest.fixture
def harness(database: str, staff: Issuer) -> Iterator[Harness]:
    """Intake on a fresh database, without broker and servers."""
    migrate(database, "intake")
    with Harness(IntakeService, database, **Intake(database, staff).settings) as harness:
        yield harness
