"""However much was put aside: a page of it, and how much it is, cost the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.database import Database
from chassis.inbox.parked import COUNTED, COUNTED_BEHIND, ParkedStore
from chassis.migrations import migrate
from chassis.unit import Unit
from tests.support.servers import TestPostgres, fresh_name

ROWS = 30_000
PAGE = {"limit": 51, "after_time": datetime(2026, 1, 1, 0, 1, tzinfo=UTC), "after_arrival": 15_000}
LONG_LINE = 5_000
BEHIND = {"most_behind": COUNTED_BEHIND}
READS: dict[str, tuple[dict[str, Any], int]] = {
    "parked_page": (PAGE | BEHIND, 2 * 51 + COUNTED_BEHIND),
    "parked_event": ({"event_id": "00000000-0000-0000-0000-000000000000"} | BEHIND, COUNTED_BEHIND),
    "deferred_page": (PAGE, 51),
    "waiting": ({"most": COUNTED}, COUNTED),
}
"""Queries with the most rows that a step of each may read."""


@pytest.fixture(scope="module")
def much_aside(postgres: TestPostgres) -> Iterator[Database]:
    """A line behind each of many parked events; thousands were put aside at one moment, as a batch is."""
    name = fresh_name()
    url = postgres.create(name)
    migrate(url, "activities")
    database = Database(url, application_name="aside-plans", service="activities")
    with database.connection() as connection, connection.cursor() as cursor:
        cursor.execute(
            """
            insert into chassis.parked (event_id, arrival, partition_key, raw, queue, reason, parked_at)
            select gen_random_uuid(), n, 'key ' || n, '', 'q', 'why',
                timestamptz '2026-01-01Z' + n / 10000 * interval '1 min'
            from generate_series(1, %(rows)s) as n;
            insert into chassis.deferred (event_id, arrival, partition_key, event_type, source, subject, event_time,
                raw, queue, deferred_at)
            select gen_random_uuid(), %(rows)s + n, 'key ' || n, 't', 's', 's', now(), '', 'q',
                timestamptz '2026-01-01Z' + n / 10000 * interval '1 min'
            from generate_series(1, %(rows)s) as n;
            insert into chassis.deferred (event_id, arrival, partition_key, event_type, source, subject, event_time,
                raw, queue)
            select gen_random_uuid(), 2 * %(rows)s + n, key, 't', 's', 's', now(), '', 'q'
            from unnest(array['key 15001', 'long']) as key, generate_series(1, %(long)s) as n;
            insert into chassis.parked (event_id, arrival, partition_key, raw, queue, reason, parked_at)
            values ('00000000-0000-0000-0000-000000000000', 0, 'long', '', 'q', 'why', timestamptz '2026-01-02Z')
            """,
            {"rows": ROWS, "long": LONG_LINE},
        )
        connection.commit()
        cursor.execute("analyze")
        connection.commit()
    yield database
    database.close_idle()
    postgres.drop(name)


@pytest.mark.parametrize("name", READS)
def test_no_query_reads_all_that_was_put_aside(much_aside: Database, name: str) -> None:
    parameters, most = READS[name]
    with much_aside.connection() as connection, connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, format json) {ParkedStore.queries[name]}", parameters)
        ((plans,),) = cursor.fetchall()
    read = [(_rows(node), node["Node Type"]) for node in _nodes(plans[0]["Plan"]) if "Relation Name" in node]
    assert max(read)[0] <= most, read


def test_it_is_counted_up_to_a_bound(much_aside: Database) -> None:
    with Unit(much_aside) as unit:
        waiting = ParkedStore(unit).waiting()
    assert (waiting.deferred, waiting.parked, waiting.behind_parked) == (COUNTED, COUNTED, COUNTED)


def _rows(node: dict[str, Any]) -> int:
    thrown = int(node.get("Rows Removed by Filter", 0)) + int(node.get("Rows Removed by Join Filter", 0))
    return (int(node["Actual Rows"]) + thrown) * int(node["Actual Loops"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
