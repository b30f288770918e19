"""Reporting on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chassis.migrations import migrate
from chassis.testing import Harness
from services.reporting.service import ReportingService
from tests.support.servers import TestPostgres

TABLES = """
    select string_agg(format('%I.%I', schemaname, tablename), ', ') as tables from pg_tables
    where schemaname = 'reporting' or (schemaname = 'chassis' and tablename in ('inbox', 'deferred', 'parked'))
"""


@pytest.fixture(scope="module")
def kept_reporting(postgres: TestPostgres) -> Iterator[Harness]:
    """One service for a whole module, whose tables are emptied in between."""
    url = postgres.create()
    migrate(url, "reporting")
    with Harness(ReportingService, url, PUBLIC_URL="http://reporting.example/reporting", RECOUNT_LOT="3") as harness:
        yield harness
    postgres.drop(url.rpartition("/")[2].partition("?")[0])


@pytest.fixture
def reporting(kept_reporting: Harness) -> Harness:
    """A reporting service that has heard nothing."""
    empty(kept_reporting)
    return kept_reporting


def empty(harness: Harness) -> None:
    tables = harness.rows(TABLES)[0]["tables"]
    harness.rows(f"truncate {tables}")
