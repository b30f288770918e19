"""The whole platform with the demo's libraries, partners and offer: once for all acceptance tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.platform import Platform, running_platform


@pytest.fixture(scope="package")
def platform(servers_directory: Path) -> Iterator[Platform]:
    """Every service and relay as a process of its own, on a PostgreSQL and RabbitMQ of their own."""
    with running_platform(servers_directory / "platform") as found:
        found.load_demo()
        yield found
