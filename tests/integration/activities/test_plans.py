"""Cost does not grow with history: no query reads a big table whole, and a group costs as many queries as one event."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.database import Cursor, Database
from chassis.migrations import migrate
from chassis.unit import Unit
from services.activities.domain.matching import Need
from services.activities.store import MOST_COUNTED, ActivitiesStore
from tests.support.newcomers import LIBRARY, RECEIVED, ident
from tests.support.servers import TestPostgres, fresh_name
from tests.support.town import accepted, declined, withdrawn

BIG = {"need", "enrolment", "place", "session", "activity"}
NOW = datetime.now(UTC)


def of(name: str) -> str:
    """An id of fifty_thousand.sql."""
    return str(uuid.UUID(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()))


LIBRARIES = [of(f"library{n}") for n in range(3)]
LINES = {"libraries": LIBRARIES, "kinds": ["language-group", "language-cafe", "digital-skills"]}
HOLDERS = {**LINES, "holders": [of(f"participant{n}") for n in (50, 52, 101)]}
NEEDS = {"need_ids": [of(f"need{n}") for n in (150, 151, 152)]}
REFERRALS = {"referral_ids": [of(f"referral{n}") for n in (150, 151, 152)]}
ENROLMENTS = {"enrolment_ids": [of(f"enrolment{n}") for n in (2, 22, 53)]}
PAGE = {"libraries": LIBRARIES, "kind": None, "after_time": NOW, "after_id": of("any"), "limit": 51}

READS: dict[str, dict[str, Any]] = {
    "library": {"library_id": LIBRARIES[0]},
    "programme": {"programme_id": of("any")},
    "programmes": PAGE,
    "activity": {"activity_id": of("activity1"), "now": NOW},
    "activities": {**PAGE, "municipality": None, "not_over_at": NOW, "now": NOW},
    "sessions": {"activity_id": of("activity1")},
    "lock_lines": LINES,
    "openings": {**LINES, "now": NOW},
    "seats": {**HOLDERS, "now": NOW},
    "known_needs": NEEDS,
    "lines_of_referrals": REFERRALS,
    "needs_of_referrals": REFERRALS,
    "open_enrolments_of_needs": NEEDS,
    "leave": {**NEEDS, "state": "closed"},
    "needs_closed_before": {"before": NOW - timedelta(days=400), "put_off": [of("any")], "most": 500},
    "forget_needs": {"need_ids": [of(f"need{n}") for n in (3, 6, 9)]},
    "in_line_of_holders": HOLDERS,
    "in_lines": LINES,
    "positions": {**LINES, **NEEDS},
    "lines_of_enrolments": ENROLMENTS,
    "enrolments_to_change": ENROLMENTS,
    "make_final": ENROLMENTS,
    "end_enrolments": {**ENROLMENTS, "reason": "declined"},
    "free_places": {
        "activities": [of(f"activity{n}") for n in (2, 22, 53)],
        "holders": [of(f"participant{n}") for n in (2, 22, 53)],
    },
    "enrolments": {**PAGE, "status": "held"},
    "waiting_list": PAGE,
    "libraries_serving": {"municipality": "GM0153", "kind": "language-cafe", "library_id": None},
    "what_is_open": {**LINES, "now": NOW},
    "paces": {**LINES, "since": NOW - timedelta(weeks=13), "most": MOST_COUNTED},
}
ONLY_ADDS = {"put_library", "add_programme", "add_activity", "add_sessions", "add_lines", "add_needs", "add_places",
             "add_enrolments"}  # fmt: skip
WITH_VALUES: dict[str, list[tuple[Any, ...]]] = {
    "change_needs": [(of("need150"), "placed", [])],
    "change_facts": [(of("need150"), "A1", "latin", "28-45", "GM0153", [], [])],
}


@pytest.fixture(scope="module")
def full_database(postgres: TestPostgres) -> Iterator[Database]:
    name = fresh_name()
    url = postgres.create(name)
    migrate(url, "activities")
    database = Database(url, application_name="activities-plans", service="activities")
    with database.connection() as connection, connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = 0")
        cursor.execute((Path(__file__).parent / "fifty_thousand.sql").read_text())
        connection.commit()
        cursor.execute("analyze")
        connection.commit()
    yield database
    database.close_idle()
    postgres.drop(name)


def test_every_query_is_looked_at():
    assert set(ActivitiesStore.queries) == READS.keys() | ONLY_ADDS | WITH_VALUES.keys()


@pytest.mark.parametrize("name", sorted([*READS, *WITH_VALUES]))
def test_no_query_reads_a_big_table_whole(full_database, name):
    with full_database.connection() as connection, connection.cursor() as cursor:
        statement = ActivitiesStore.queries[name]
        if name in WITH_VALUES:
            rows = b",".join(cursor.mogrify(f"({', '.join(['%s'] * len(row))})", row) for row in WITH_VALUES[name])
            statement = statement.replace("%s", rows.decode())
        cursor.execute(f"explain (analyze, format json) {statement}", READS.get(name))
        ((plans,),) = cursor.fetchall()
        read = list(_nodes(plans[0]["Plan"]))
    whole = {node["Relation Name"] for node in read if node["Node Type"] == "Seq Scan"}
    assert not whole & BIG
    most = max((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in read)
    assert most < 1000, "reads more rows than three libraries' lines and pages hold"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


def test_the_test_notices_a_table_read_whole(full_database):
    with full_database.connection() as connection, connection.cursor() as cursor:
        cursor.execute("explain (format json) select count(*) from need where municipality = 'GM0153'")
        ((plans,),) = cursor.fetchall()
    assert {"need"} == {node["Relation Name"] for node in _nodes(plans[0]["Plan"]) if node["Node Type"] == "Seq Scan"}


def need(number: int) -> Need:
    return Need(
        need_id=ident(0xB, number),
        referral_id=ident(0xC, number),
        participant_id=ident(0xD, number),
        library_id=LIBRARY,
        kind="language-group",
        municipality="GM0153",
        received_at=RECEIVED + timedelta(days=number),
    )


def test_a_group_costs_as_many_messages_as_one_event(town, monkeypatch):
    sent: list[int] = []
    send = Unit._send

    def counting(unit: Unit, cursor: Cursor, statements: list[bytes]) -> None:
        sent.append(len(statements))
        send(unit, cursor, statements)

    def cost(*events: Any) -> int:
        sent.clear()
        town.deliver(events)
        return len(sent)

    monkeypatch.setattr(Unit, "_send", counting)
    town.deliver([accepted(need(0))])
    alone = cost(accepted(need(1)))
    assert cost(*(accepted(need(number)) for number in range(2, 102))) == alone <= 9
    assert cost(*(declined(need(number)) for number in range(2))) <= 9
    left = cost(withdrawn(need(2)))
    assert cost(*(withdrawn(need(number)) for number in range(3, 50))) == left <= 9
