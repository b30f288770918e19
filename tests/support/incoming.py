"""Seeing what the counting service did, and asking it to misbehave."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg2

from chassis.migrations import migrate
from contracts.envelope import Event
from tests.support.counting import MIGRATIONS


def migrated(url: str) -> str:
    """The same address, with the chassis' tables and the counting service's own."""
    migrate(url, "activities", MIGRATIONS)
    return url


def ask(url: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a query sees from outside the service, on a connection of its own."""
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []


def misbehave(url: str, event: Event, how: str, *, times: int = 1_000_000) -> None:
    """Have the handling of this event go wrong so often: `raise`, `kill`, `slow` (for two seconds), or a SQLSTATE for
    PostgreSQL to raise."""
    sequence = f"activities.wrong_{event.id.replace('-', '')}"
    ask(url, f"create sequence if not exists {sequence}; alter sequence {sequence} restart")
    ask(url, "insert into activities.misbehaviour values (%s, %s, %s, %s)", event.id, how, times, sequence)


def behave(url: str) -> None:
    """Have nothing go wrong any more."""
    ask(url, "delete from activities.misbehaviour")


def applied(url: str) -> list[str]:
    """Ids of events in the order in which their effects came about; one applied twice is there twice."""
    return [row[0] for row in ask(url, "select event_id::text from activities.applied order by place")]


def counted(url: str) -> dict[str, int]:
    """Effects per partition key."""
    return dict(ask(url, "select partition_key, events from activities.counter"))


def transactions(url: str) -> int:
    """In how many transactions all effects came about."""
    return int(ask(url, "select count(distinct batch) from activities.applied")[0][0])


def deferred(url: str) -> list[str]:
    """Ids of deferred events, in order of arrival."""
    return [row[0] for row in ask(url, "select event_id::text from chassis.deferred order by arrival")]


def parked(url: str) -> dict[str, str]:
    """Reason by id of parked event."""
    return dict(ask(url, "select event_id::text, reason from chassis.parked order by arrival"))


def ids(events: Sequence[Event]) -> list[str]:
    return [event.id for event in events]
