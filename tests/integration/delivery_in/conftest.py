"""The counting service on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chassis.testing import Harness
from tests.support.counting.service import CountingService
from tests.support.incoming import migrated


@pytest.fixture
def counting(database: str) -> str:
    """Address of a migrated database of the counting service."""
    return migrated(database)


@pytest.fixture
def harness(counting: str) -> Iterator[Harness]:
    """The counting service without a broker; retries come at once, and three attempts are all."""
    with Harness(CountingService, counting, INBOX_RETRY_BASE="0.001", INBOX_RETRY_ATTEMPTS="3") as driven:
        yield driven
