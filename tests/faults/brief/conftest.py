"""One platform for the short version of the faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.harness.stage import Stage
from tests.faults.harness.stage import stage as started


@pytest.fixture(scope="package")
def stage(servers_directory: Path) -> Iterator[Stage]:
    """Every service and relay as a process of its own, with a small world in it."""
    with started(servers_directory / "faults") as found:
        yield found
