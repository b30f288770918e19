"""Design section 4, point 1: `published` is partitioned by day and kept 35 days."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import psycopg2.errors
import pytest

from chassis.database import Database
from chassis.partitions import days_ahead, drop_days, make_days
from chassis.relay.ledger import Ledger
from tests.support.outgoing import RelayThread, outbox_depth, published_ids, rows, tell_libraries, until
from tests.support.outgoing import new_id as new

TODAY = datetime.now(UTC).date()


def partitions(database: Database) -> set[str]:
    found = rows(
        database,
        "select relname from pg_inherits join pg_class on oid = inhrelid"
        " where inhparent = 'chassis.published'::regclass",
    )
    return {name for (name,) in found} - {"published_default"}


def name(day: date) -> str:
    return f"published_{day:%Y%m%d}"


def make(database: Database, *days: date) -> list[str]:
    with database.connection() as connection:
        return make_days(connection, "chassis", "published", "published_at", days)


def put(database: Database, *days: date) -> None:
    for number, day in enumerate(days):
        rows(
            database,
            "insert into chassis.published select %s, %s, gen_random_uuid(), 't', 's', 1, 'p', now(), '{}'",
            number, datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC),
        )  # fmt: skip


def test_the_relay_makes_days_ahead_and_drops_those_that_are_too_old(intake: Database, wired: str) -> None:
    """Rules: partitions exist before their day comes; what is older than 35 days is gone, and nothing younger."""
    old, last_kept = TODAY - timedelta(days=36), TODAY - timedelta(days=35)
    make(intake, old, last_kept)
    put(intake, old, last_kept, TODAY)
    with RelayThread(intake, wired) as running:
        until(lambda: running.relay.state.broker is None)
        until(lambda: name(TODAY) in partitions(intake))
    assert partitions(intake) == {name(day) for day in [last_kept, *days_ahead(TODAY, 3)]}
    assert rows(intake, "select published_at::date from chassis.published order by 1") == [(last_kept,), (TODAY,)]


def test_without_the_day_s_partition_events_still_move(intake: Database, wired: str) -> None:
    """Rule: a default partition. Housekeeping that is late stops no event."""
    with RelayThread(intake, wired) as running:
        until(lambda: running.relay.state.broker is None)
        until(lambda: len(partitions(intake)) == 4)
        for one in partitions(intake):
            rows(intake, f"drop table chassis.{one}")
        told = tell_libraries(intake, new(), new())
        until(lambda: outbox_depth(intake) == 0)
    assert published_ids(intake) == told
    assert len(rows(intake, "select 1 from chassis.published_default")) == 2


def test_a_late_partition_takes_its_rows_from_the_default(intake: Database) -> None:
    """Otherwise the partition cannot be made at all: PostgreSQL refuses it while the default holds its rows."""
    yesterday = TODAY - timedelta(days=1)
    put(intake, yesterday, TODAY, TODAY)
    assert make(intake, TODAY) == [name(TODAY)]
    found = rows(
        intake,
        "select relname::text, count(*) from chassis.published join pg_class on oid = published.tableoid"
        " group by 1 order by 1",
    )
    assert found == [(name(TODAY), 2), ("published_default", 1)]
    assert make(intake, yesterday, TODAY) == [name(yesterday)]
    assert rows(intake, "select 1 from chassis.published_default") == []
    indexed = rows(intake, "select count(*) from pg_indexes where tablename = %s", name(TODAY))
    assert indexed == rows(intake, "select count(*) from pg_indexes where tablename = 'published_default'")


def test_several_may_make_the_same_days(intake: Database) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            make(intake, *days_ahead(TODAY, 5))
        except psycopg2.Error as problem:
            failures.append(problem)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failures == []
    assert partitions(intake) == {name(day) for day in days_ahead(TODAY, 5)}


def test_a_table_in_use_makes_housekeeping_wait_for_the_next_time(intake: Database) -> None:
    """A long look at `published` must not stop the relay: it gives up after 2 s and goes on without."""
    make(intake, TODAY - timedelta(days=40))
    with intake.connection() as reader, reader.cursor() as cursor:
        cursor.execute("select * from chassis.published")
        ledger = Ledger(intake)
        ledger.maintain(35)
        assert ledger.waiting(10) == []
        ledger.close()
        with intake.connection() as other, pytest.raises(psycopg2.errors.LockNotAvailable):
            drop_days(other, "chassis", "published", TODAY)
    assert name(TODAY - timedelta(days=40)) in partitions(intake)
    ledger = Ledger(intake)
    ledger.maintain(35)
    ledger.close()
    assert name(TODAY - timedelta(days=40)) not in partitions(intake)
