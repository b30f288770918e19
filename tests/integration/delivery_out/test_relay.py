"""Design section 4, point 1: the relay publishes in order, persistent and mandatory, and moves what is confirmed."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pika
import pytest

from chassis.database import Database
from chassis.outbox_store import OutboxStore
from chassis.relay.ledger import Ledger
from chassis.relay.pace import Pace
from chassis.topology import routing_key
from chassis.unit import Unit
from chassis.wakeup import Wakeup
from contracts.catalogue import BY_TYPE
from contracts.envelope import CONTENT_TYPE, parse
from contracts.intake import LibraryRegistered
from tests.support.outgoing import (
    LIBRARY,
    RelayProcess,
    RelayThread,
    channel,
    new_id,
    outbox_depth,
    published_ids,
    queue_depth,
    rows,
    take_events,
    tell_libraries,
    teller,
    until,
)

QUEUE = "reporting.p1.0"


def is_active(database: Database) -> bool:
    with Unit(database) as unit:
        return OutboxStore(unit).relay_is_active()


def test_publishes_all_in_order_and_moves_it(intake: Database, amqp_uri: str) -> None:
    """Rules: in order of id; confirmed rows move to `published`; topology is declared before the first publish."""
    told = [event for _ in range(60) for event in tell_libraries(intake, *(new_id() for _ in range(20)))]
    with RelayThread(intake, amqp_uri, Pace(window=500)):
        until(lambda: outbox_depth(intake) == 0)
    assert [event.id for event in take_events(amqp_uri, QUEUE)] == told
    assert published_ids(intake) == told
    assert queue_depth(amqp_uri, "activities.p1.0") == len(told)
    assert queue_depth(amqp_uri, "intake.p1.0") == 0


def test_a_message_is_persistent_and_known_by_its_event(intake: Database, amqp_uri: str) -> None:
    """Rules: persistent, stable message_id, CloudEvents in structured JSON, routed by type and slot."""
    library = new_id()
    (event_id,) = tell_libraries(intake, library)
    with channel(amqp_uri) as found:
        found.exchange_declare("newcomers.unrouted", "fanout", durable=True)
        found.exchange_declare(
            "newcomers", "topic", durable=True, arguments={"alternate-exchange": "newcomers.unrouted"}
        )
        spy = found.queue_declare("", exclusive=True).method.queue
        found.queue_bind(spy, "newcomers", "#")
        with RelayThread(intake, amqp_uri):
            method, properties, body = until(lambda: (got := found.basic_get(spy, auto_ack=True))[0] and got)
    event = parse(body)
    assert (event.id, event.partition_key) == (event_id, library)
    assert method.routing_key == routing_key(event.type, library)
    assert properties.message_id == event_id
    assert properties.content_type == CONTENT_TYPE
    assert properties.delivery_mode == pika.DeliveryMode.Persistent.value
    assert event.type in BY_TYPE


def test_an_event_committed_late_is_not_lost(intake: Database, amqp_uri: str) -> None:
    """Rule: read what is there, not what lies behind a cursor. A long open transaction holds a lower id.

    Fails with `where id > last`: the late one is never read. And the relay goes on meanwhile: it waits for nobody.
    """
    late = Unit(intake)
    rows_before = [new_id() for _ in range(3)]
    tell = teller(late)
    for one in rows_before:
        tell(LibraryRegistered, one, **LIBRARY)
    late.flush()
    with RelayThread(intake, amqp_uri):
        early = tell_libraries(intake, *(new_id() for _ in range(300)))
        until(lambda: published_ids(intake) == early)
        assert rows(intake, "select min(id) > 3 from chassis.published") == [(True,)]
        late.commit()
        until(lambda: len(published_ids(intake)) == 303)
    assert len({event.id for event in take_events(amqp_uri, QUEUE)}) == 303
    late.close()


def test_order_per_subject_survives_many_writers(intake: Database, amqp_uri: str) -> None:
    """Rule: order per partition key on the wire, while many transactions commit at the same time."""
    subjects = [new_id() for _ in range(6)]

    def write(seed: int) -> None:
        for turn in range(30):
            tell_libraries(intake, subjects[(seed + turn) % 6], subjects[(seed * 3 + turn) % 6], bulk=seed % 2 == 0)

    with RelayThread(intake, amqp_uri, Pace(window=20)):
        writers = [threading.Thread(target=write, args=(seed,)) for seed in range(6)]
        for one in writers:
            one.start()
        for one in writers:
            one.join()
        until(lambda: outbox_depth(intake) == 0)
    found = defaultdict(list)
    for event in take_events(amqp_uri, QUEUE):
        found[event.subject].append(event.sequence)
    assert sum(map(len, found.values())) == 360
    for sequences in found.values():
        assert sequences == list(range(1, len(sequences) + 1))


def test_interactive_goes_before_bulk(intake: Database, amqp_uri: str) -> None:
    """Rule: separate lanes. A file of many events delays nobody by more than one window."""
    bulk = [event for _ in range(4) for event in tell_libraries(intake, *(new_id() for _ in range(250)), bulk=True)]
    interactive = tell_libraries(intake, *(new_id() for _ in range(5)))
    with RelayThread(intake, amqp_uri, Pace(window=100)):
        until(lambda: outbox_depth(intake) == 0)
    assert [event.id for event in take_events(amqp_uri, QUEUE)] == interactive + bulk


def test_a_referral_that_waits_in_bulk_is_not_overtaken_by_itself(intake: Database, amqp_uri: str) -> None:
    """Rule: a key with rows waiting in a lane stays in that lane."""
    library = new_id()
    tell_libraries(intake, *(new_id() for _ in range(50)), library, bulk=True)
    tell_libraries(intake, library)
    with RelayThread(intake, amqp_uri, Pace(window=10)):
        until(lambda: outbox_depth(intake) == 0)
    assert [one.sequence for one in take_events(amqp_uri, QUEUE) if one.subject == f"library/{library}"] == [1, 2]


def test_a_wake_up_makes_it_publish_at_once(intake: Database, wired: str) -> None:
    """Rule: LISTEN besides polling. The poll here is so slow that only the wake-up can be in time."""
    wakeup = Wakeup(intake)
    wakeup.start()
    with RelayThread(intake, wired, Pace(shortest_poll=60, longest_poll=60)) as running:
        until(lambda: running.relay.state.broker is None)
        for _ in range(5):
            with Unit(intake) as unit:
                teller(unit, wakeup.wake)(LibraryRegistered, new_id(), **LIBRARY)
            until(lambda: outbox_depth(intake) == 0, seconds=3)
    wakeup.stop()


def test_without_any_wake_up_polling_finds_it(intake: Database, wired: str) -> None:
    """Rule: a lost wake-up loses nothing."""
    with RelayThread(intake, wired, Pace(longest_poll=0.2)) as running:
        until(lambda: running.relay.state.broker is None)
        time.sleep(0.5)  # until the poll is at its slowest
        tell_libraries(intake, new_id())
        until(lambda: outbox_depth(intake) == 0, seconds=3)


def test_many_wishes_are_few_notifications(intake: Database) -> None:
    """Rule: wake-ups are coalesced, and outside the business transaction: a thousand commits, no thousand NOTIFYs."""
    wakeup = Wakeup(intake)
    wakeup.start()
    listener = Ledger(intake)
    assert listener.try_lock()
    heard = 0
    for _ in range(1000):
        wakeup.wake()
    until(lambda: listener.woken())
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        listener.woken()
        heard = len(listener._connection.notifies)
    wakeup.stop()
    listener.close()
    assert 1 <= heard <= 50


def test_only_one_of_two_relays_publishes_and_the_other_takes_over(
    intake: Database, amqp_uri: str, tmp_path: Path
) -> None:
    """Rule: one active relay per database by a session lock. Fails without it: both publish everything."""
    with (
        RelayProcess(intake.url, amqp_uri, tmp_path / "first.log") as first,
        RelayProcess(intake.url, amqp_uri, tmp_path / "second.log") as second,
    ):
        both = {first, second}
        active = until(lambda: next((one for one in both if one.said("relay_publishing")), None))
        (standby,) = both - {active}
        until(lambda: standby.said("relay_standing_by"))
        told = [event for _ in range(30) for event in tell_libraries(intake, *(new_id() for _ in range(20)))]
        until(lambda: outbox_depth(intake) == 0)
        assert [event.id for event in take_events(amqp_uri, QUEUE)] == told
        assert not standby.said("relay_publishing")

        active.kill()
        told += tell_libraries(intake, new_id())
        until(lambda: standby.said("relay_publishing"), seconds=15)
        until(lambda: outbox_depth(intake) == 0)
        assert [event.id for event in take_events(amqp_uri, QUEUE)] == told[-1:]
        assert published_ids(intake) == told


def test_whoever_asks_sees_whether_a_relay_is_active(intake: Database, wired: str) -> None:
    assert not is_active(intake)
    with RelayThread(intake, wired) as running:
        until(lambda: is_active(intake))
        until(lambda: running.relay.state.active)  # it knows a moment after the database does
    until(lambda: not is_active(intake))


def test_asked_to_stop_it_finishes_what_it_published(intake: Database, amqp_uri: str, tmp_path: Path) -> None:
    """Rule: SIGTERM stops publishing, waits for confirms, moves them, exits 0. Fails with any repetition."""
    told = [event for _ in range(40) for event in tell_libraries(intake, *(new_id() for _ in range(100)))]
    for turn in range(4):
        with RelayProcess(intake.url, amqp_uri, tmp_path / f"{turn}.log", RELAY_WINDOW="50") as relay:
            target = turn * 700
            until(lambda target=target: len(published_ids(intake)) > target)  # type: ignore[misc]
            relay.terminate()
            assert relay.wait(15) == 0
            assert relay.said("relay_stopped")
    assert outbox_depth(intake) > 0, "it was not stopped in the middle"
    with RelayThread(intake, amqp_uri):
        until(lambda: outbox_depth(intake) == 0)
    assert [event.id for event in take_events(amqp_uri, QUEUE)] == told


def test_asked_to_stop_it_leaves_whatever_it_is_doing(intake: Database, wired: str, tmp_path: Path) -> None:
    """Idle, standing by, without a broker, without a database: SIGTERM ends it within seconds, with exit code 0."""
    nobody = "127.0.0.1:9"
    cases = {
        "idle": (intake.url, wired, "relay_publishing"),
        "standby": (intake.url, wired, "relay_standing_by"),
        "no-broker": (intake.url, f"amqp://{nobody}/", "relay_standing_by"),
    }
    running: dict[str, Any] = {}
    for name, (url, uri, said) in cases.items():
        running[name] = RelayProcess(url, uri, tmp_path / f"{name}.log")
        until(lambda name=name, said=said: running[name].said(said))  # type: ignore[misc]
    running["no-database"] = RelayProcess(f"postgresql://{nobody}/none", wired, tmp_path / "no-database.log")
    until(lambda: running["no-database"].said("migrations_wait_for_database"))
    for relay in reversed(running.values()):
        with relay:
            relay.terminate()
            assert relay.wait(10) == 0


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"RELAY_WINDOW": "many"}, "RELAY_WINDOW"),
        ({"AMQP_URI": "http://x"}, "AMQP_URI"),
        ({"HEALTH_ADDRESS": "nowhere"}, "HEALTH_ADDRESS"),
    ],
)
def test_a_wrong_setting_is_named_at_start(
    database: str, amqp_uri: str, tmp_path: Path, environ: dict[str, str], words: str
) -> None:
    with RelayProcess(database, environ.pop("AMQP_URI", amqp_uri), tmp_path / "log", **environ) as relay:
        assert relay.wait(20) == 78
    assert words in (tmp_path / "log").read_text()
    assert "Traceback" not in (tmp_path / "log").read_text()
