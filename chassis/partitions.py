"""Tables partitioned by day: partitions made ahead, old ones dropped whole.

Rows of a day that has no partition yet are kept in `<table>_default`, and moved when its partition is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from psycopg2 import sql

from chassis.database import Connection
from chassis.locks import advisory_key

_LOCK_TIMEOUT = "2s"


def day_name(table: str, day: date) -> str:
    """`published`, 2 March 2027 → `published_20270302`."""
    return f"{table}_{day:%Y%m%d}"


def days_ahead(today: date, days: int) -> list[date]:
    """Today and the days after it."""
    return [today + timedelta(days=ahead) for ahead in range(days + 1)]


def make_days(connection: Connection, schema: str, table: str, column: str, days: Iterable[date]) -> list[str]:
    """Make the partitions of these days that are not there; the names made. Each in a transaction of its own.

    Raises psycopg2.errors.LockNotAvailable when the table stays in use for 2 s: try again later.
    """
    made = []
    for day in days:
        name = day_name(table, day)
        with connection, connection.cursor() as cursor:
            cursor.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
            cursor.execute("select pg_advisory_xact_lock(%s)", [advisory_key(f"partitions:{schema}.{table}")])
            cursor.execute("select to_regclass(%s)", [f"{schema}.{name}"])
            row = cursor.fetchone()
            if row is None or row[0] is not None:
                continue
            cursor.execute(_making(schema, table, column, name), _bounds(day))
            made.append(name)
    return made


def drop_days(connection: Connection, schema: str, table: str, before: date) -> list[str]:
    """Drop the partitions of days before this one; the names dropped. Raises LockNotAvailable as above."""
    names = [name for name, day in _days(connection, schema, table) if day < before]
    for name in names:
        with connection, connection.cursor() as cursor:
            cursor.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
            cursor.execute(sql.SQL("drop table {}").format(sql.Identifier(schema, name)))
    return names


def _days(connection: Connection, schema: str, table: str) -> list[tuple[str, date]]:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            select part.relname
            from pg_inherits
            join pg_class as part on part.oid = inhrelid
            where inhparent = to_regclass(%s)
            order by part.relname
            """,
            [f"{schema}.{table}"],
        )
        names = [name for (name,) in cursor.fetchall()]
    found = [(name, re.fullmatch(rf"{re.escape(table)}_(\d{{8}})", name)) for name in names]
    return [(name, datetime.strptime(match[1], "%Y%m%d").replace(tzinfo=UTC).date()) for name, match in found if match]


def _bounds(day: date) -> dict[str, datetime]:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {"start": start, "end": start + timedelta(days=1)}


def _making(schema: str, table: str, column: str, name: str) -> sql.Composed:
    return sql.SQL(
        """
        lock table {default} in access exclusive mode;
        create table {part} (like {table} including defaults including constraints including storage);
        with moved as (delete from {default} where {column} >= %(start)s and {column} < %(end)s returning *)
        insert into {part} select * from moved;
        alter table {table} attach partition {part} for values from (%(start)s) to (%(end)s)
        """
    ).format(
        table=sql.Identifier(schema, table),
        default=sql.Identifier(schema, f"{table}_default"),
        part=sql.Identifier(schema, name),
        column=sql.Identifier(column),
    )
