"""A real intake process on a database of its own, and tokens for everyone who may call it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.intake.running import Intake, StaffIssuer
from tests.support.servers import TestPostgres, fresh_name


@pytest.fixture(scope="package")
def staff_issuer() -> Iterator[StaffIssuer]:
    """An issuer of staff tokens whose keys are fetched over HTTP."""
    with StaffIssuer() as issuer:
        yield issuer


@pytest.fixture(scope="package")
def intake(postgres: TestPostgres, staff_issuer: StaffIssuer) -> Iterator[Intake]:
    """One intake process for the tests of this folder; each uses organisations of its own."""
    name = fresh_name()
    with Intake(postgres.create(name), staff_issuer) as running:
        yield running
    postgres.drop(name)
