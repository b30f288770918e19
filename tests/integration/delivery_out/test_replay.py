"""Design section 4, point 1: what went out is kept, and can be published again with the same ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis import outbox_store
from chassis.database import Database
from chassis.outbox_store import OutboxStore
from chassis.unit import Unit
from tests.support.outgoing import (
    RelayThread,
    new_id,
    outbox_depth,
    published_ids,
    rows,
    take,
    take_events,
    tell_libraries,
    until,
)

QUEUE = "reporting.p1.0"


def publish_all(database: Database, amqp_uri: str) -> None:
    with RelayThread(database, amqp_uri):
        until(lambda: outbox_depth(database) == 0)


def replayed(database: Database, subject: str | None = None, since: datetime | None = None) -> int:
    with Unit(database) as unit:
        lot = OutboxStore(unit).replay(subject, since)
    assert lot["next"] is None
    return int(lot["replayed"])


def test_the_same_events_come_again_in_the_same_order(intake: Database, wired: str) -> None:
    """Rule: replay keeps ids and bytes, so that it is harmless. Fails when new ids are given."""
    told = [event for _ in range(5) for event in tell_libraries(intake, *(new_id() for _ in range(10)))]
    publish_all(intake, wired)
    before = take(wired, QUEUE)
    assert replayed(intake) == 50
    publish_all(intake, wired)
    after = take(wired, QUEUE)
    assert [(properties.message_id, body) for properties, body in after] == [
        (properties.message_id, body) for properties, body in before
    ]
    assert [properties.message_id for properties, _ in after] == told


def test_replaying_leaves_one_copy_in_published(intake: Database, wired: str) -> None:
    """Rule: harmless, however often. Otherwise each replay doubles the next one, and moves its day of removal."""
    tell_libraries(intake, *(new_id() for _ in range(10)))
    publish_all(intake, wired)
    kept = rows(intake, "select id, published_at, event_id from chassis.published order by id")
    for _ in range(3):
        assert replayed(intake) == 10
        publish_all(intake, wired)
    assert rows(intake, "select id, published_at, event_id from chassis.published order by id") == kept


def test_what_waits_already_is_not_doubled(intake: Database, wired: str) -> None:
    tell_libraries(intake, *(new_id() for _ in range(10)))
    publish_all(intake, wired)
    assert replayed(intake) == 10
    assert replayed(intake) == 0
    assert outbox_depth(intake) == 10


def test_of_one_subject_only(intake: Database, wired: str) -> None:
    library = new_id()
    told = tell_libraries(intake, library, new_id(), library, new_id())
    publish_all(intake, wired)
    take(wired, QUEUE)
    assert replayed(intake, subject=f"library/{library}") == 2
    publish_all(intake, wired)
    assert [event.id for event in take_events(wired, QUEUE)] == [told[0], told[2]]


def test_since_a_moment_only(intake: Database, wired: str) -> None:
    """The moment is that of publishing: an event that waited long is replayed to whoever missed it then."""
    old = tell_libraries(intake, new_id(), new_id())
    publish_all(intake, wired)
    day = datetime.now(UTC) - timedelta(days=1)
    rows(intake, "update chassis.published set published_at = %s", day - timedelta(minutes=1))
    new = tell_libraries(intake, new_id())
    publish_all(intake, wired)
    take(wired, QUEUE)
    assert replayed(intake, since=day) == 1
    publish_all(intake, wired)
    assert [event.id for event in take_events(wired, QUEUE)] == new
    assert set(published_ids(intake)) == {*old, *new}


def test_a_big_one_goes_in_lots(intake: Database, wired: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once would take longer than a statement may, and then nothing would be told again, however often."""
    monkeypatch.setattr(outbox_store, "LOT", 4)
    told = tell_libraries(intake, *(new_id() for _ in range(10)))
    publish_all(intake, wired)
    take(wired, QUEUE)
    lots, after = [], 0
    while after is not None:
        with Unit(intake) as unit:
            lot = OutboxStore(unit).replay(since=datetime.now(UTC) - timedelta(days=1), after=after)
        lots.append(lot["replayed"])
        after = lot["next"]
    assert lots == [4, 4, 2]
    publish_all(intake, wired)
    assert [event.id for event in take_events(wired, QUEUE)] == told


def test_a_lot_reads_no_more_of_what_is_kept_than_it_tells(intake: Database) -> None:
    """Rule: a lot costs the same, however much was told since. Fails when all is read and sorted for each."""
    rows(
        intake,
        """
        insert into chassis.published
        select n, now(), gen_random_uuid(), 'x', 'library/' || n % 1000, n, n, now(), '{}'
        from generate_series(1, 50000) as n
    """,
    )
    rows(intake, "analyze chassis.published")
    asked = {"subject": None, "since": datetime.now(UTC) - timedelta(days=1), "after": 20_000, "most": 100}
    with intake.connection() as connection, connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, format json) {OutboxStore.queries['replay_published']}", asked)
        ((plans,),) = cursor.fetchall()
    assert _most_read(plans[0]["Plan"]) <= 100
    of_one = asked | {"subject": "library/7", "after": 0, "most": 5000}
    with intake.connection() as connection, connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, format json) {OutboxStore.queries['replay_published']}", of_one)
        ((plans,),) = cursor.fetchall()
    assert _most_read(plans[0]["Plan"]) <= 100


def _most_read(plan: dict[str, Any]) -> int:
    """The most rows that any step of a plan gave or threw away."""
    here = int(plan["Actual Rows"]) + int(plan.get("Rows Removed by Filter", 0))
    return max([here, *map(_most_read, plan.get("Plans", []))])


def test_it_waits_behind_what_people_wait_for(intake: Database, wired: str) -> None:
    """Rule: replays go by the bulk lane."""
    tell_libraries(intake, *(new_id() for _ in range(10)))
    publish_all(intake, wired)
    take(wired, QUEUE)
    replayed(intake)
    fresh = tell_libraries(intake, new_id())
    publish_all(intake, wired)
    assert [event.id for event in take_events(wired, QUEUE)][:1] == fresh


def test_a_new_event_of_a_replayed_key_follows_its_old_ones(intake: Database, wired: str) -> None:
    """Rule: a key with rows waiting in a lane stays there, replayed rows too."""
    library = new_id()
    tell_libraries(intake, library, library)
    publish_all(intake, wired)
    take(wired, QUEUE)
    replayed(intake)
    tell_libraries(intake, library)
    publish_all(intake, wired)
    assert [event.sequence for event in take_events(wired, QUEUE)] == [1, 2, 3]


def test_operators_see_what_waits_and_every_head(intake: Database) -> None:
    libraries = sorted(new_id() for _ in range(5))
    tell_libraries(intake, *libraries, *libraries[:2])
    rows(intake, "update chassis.outbox set time = now() - interval '1 hour' where id = 3")
    with Unit(intake) as unit:
        store = OutboxStore(unit)
        waiting = store.outbox_waiting()
        first = store.flow_heads(None, 3)
        rest = store.flow_heads(first[-1]["subject"], 3)
    assert waiting.depth == 7
    assert 3590 < waiting.oldest_seconds < 3700
    assert [head["subject"] for head in first + rest] == [f"library/{one}" for one in libraries]
    assert [head["last_sequence"] for head in first + rest] == [2, 2, 1, 1, 1]
    assert all(head["last_time"].tzinfo for head in first)


def test_an_empty_outbox_has_no_age(intake: Database) -> None:
    with Unit(intake) as unit:
        waiting = OutboxStore(unit).outbox_waiting()
    assert (waiting.depth, waiting.oldest_seconds) == (0, 0)
