"""Telling costs the same however much waits in the outbox, as it does while the broker is away for hours."""

from __future__ import annotations

from chassis.database import Database
from tests.support.outgoing import new_id, rows, tell_libraries

_WAITING = 20_000
_FILL = """
    insert into chassis.outbox (lane, event_id, type, subject, sequence, partition_key, time, body)
    select 0, gen_random_uuid(), 't', 'library/' || n, 1, gen_random_uuid()::text, now(), '{}'
    from generate_series(1, %s) as n
"""
_READ = """
    select
        (select sum(idx_tup_read) from pg_stat_all_indexes where schemaname = 'chassis' and relname = 'outbox')
        + (select seq_tup_read from pg_stat_all_tables where schemaname = 'chassis' and relname = 'outbox')
"""


def test_telling_reads_no_more_of_a_long_outbox_than_its_own_keys(intake: Database) -> None:
    """Rule: a query does not grow with its table. Fails when the lane is sought along the primary key."""
    rows(intake, _FILL, _WAITING)
    before = _rows_read(intake)
    tell_libraries(intake, *(new_id() for _ in range(10)))
    assert _rows_read(intake) - before < _WAITING / 10


def _rows_read(database: Database) -> int:
    rows(database, "select pg_stat_force_next_flush()")
    return int(rows(database, _READ)[0][0])
