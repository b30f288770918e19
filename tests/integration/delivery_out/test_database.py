"""Connections: lazy, pooled, thrown away when broken, never waited for without end; plain and green alike."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg2
import psycopg2.extensions
import pytest

from chassis import database as module
from chassis import waiting
from chassis.database import Database, NoFreeConnection, is_infrastructure, took_too_long
from tests.support.outgoing import ROOT, outbox_depth, rows, until
from tests.support.proxy import Proxy


@pytest.mark.parametrize("code", ["08006", "40001", "40P01", "53300", "57P01", "57P03", "57P05"])
def test_what_trying_again_can_help_is_infrastructure(database: str, code: str) -> None:
    """Rule: SQLSTATE classes 08, 40, 53, 57 without 57014, as PostgreSQL itself raises them."""
    with pytest.raises(psycopg2.Error) as raised:
        rows(Database(database, application_name="t"), f"do $$ begin raise sqlstate '{code}'; end $$")
    assert is_infrastructure(raised.value)


@pytest.mark.parametrize("code", ["23505", "22P02", "42P01", "P0001", "25006", "57014"])
def test_what_is_wrong_with_the_statement_is_not(database: str, code: str) -> None:
    with pytest.raises(psycopg2.Error) as raised:
        rows(Database(database, application_name="t"), f"do $$ begin raise sqlstate '{code}'; end $$")
    assert not is_infrastructure(raised.value)
    assert not is_infrastructure(ValueError())
    assert not is_infrastructure(ConnectionResetError())


def test_a_statement_that_takes_longer_than_it_may_is_known_from_one_that_is_wrong(database: str) -> None:
    found = Database(database, application_name="t")
    with pytest.raises(psycopg2.Error) as late:
        rows(found, "set local statement_timeout = 10; select pg_sleep(30)")
    with pytest.raises(psycopg2.Error) as wrong:
        rows(found, "select nothing")
    assert (took_too_long(late.value), is_infrastructure(late.value)) == (True, False)
    assert not took_too_long(wrong.value)
    assert not took_too_long(ValueError())


def test_a_database_that_is_away_is_noticed_only_when_used() -> None:
    found = Database("postgresql://127.0.0.1:9/none", application_name="t")
    with pytest.raises(psycopg2.OperationalError) as raised:
        found.acquire()
    assert is_infrastructure(raised.value)


def test_each_connection_is_set_up_alike(database: str) -> None:
    """UTC, the search path, time limits, and at both ends a limit to how long a cut-off peer is kept."""
    found = Database(database, application_name="intake-relay", service="intake")
    shown = {
        name: rows(found, f"show {name}")[0][0]
        for name in ("search_path", "timezone", "statement_timeout", "tcp_user_timeout", "tcp_keepalives_idle",
                     "application_name", "client_connection_check_interval", "jit")
    }  # fmt: skip
    assert shown == {
        "search_path": '"intake",chassis,public',
        "timezone": "UTC",
        "statement_timeout": "30s",
        "tcp_user_timeout": "10000",
        "tcp_keepalives_idle": "10",
        "application_name": "intake-relay",
        "client_connection_check_interval": "5s",
        "jit": "off",
    }
    with found.connection() as connection:
        ours = connection.info.dsn_parameters
    assert (ours["keepalives_idle"], ours["tcp_user_timeout"]) == ("10", "10000")


def test_what_the_url_says_stays(database: str) -> None:
    found = Database(f"{database}?options=-c%20work_mem%3D7MB", application_name="t")
    assert rows(found, "show work_mem") == [("7MB",)]
    assert rows(found, "show timezone") == [("UTC",)]


def test_what_is_not_committed_is_undone(database: str) -> None:
    found = Database(database, application_name="t", pool_size=1)
    rows(found, "create table thing (id int)")
    with found.connection() as connection, connection.cursor() as cursor:
        cursor.execute("insert into thing values (1)")
    assert rows(found, "select * from thing") == []


def test_connections_are_used_again_and_no_more_than_the_pool_holds(database: str) -> None:
    found = Database(database, application_name="t", pool_size=2, wait_s=0.1)
    first, second = found.acquire(), found.acquire()
    with pytest.raises(NoFreeConnection) as raised:
        found.acquire()
    assert is_infrastructure(raised.value)
    found.release(first)
    assert found.acquire() is first
    found.release(first)
    found.release(second)
    found.close_idle()
    assert first.closed
    assert second.closed


def test_who_waits_for_a_connection_gets_the_next_free_one(database: str) -> None:
    found = Database(database, application_name="t", pool_size=1, wait_s=20)
    taken = found.acquire()
    answers: list[list[tuple[int]]] = []
    waiter = threading.Thread(target=lambda: answers.append(rows(found, "select 1")))
    waiter.start()
    found.release(taken)
    waiter.join(20)
    assert answers == [[(1,)]]


def test_connections_that_the_server_ended_are_not_given_out(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restart of the database the first use succeeds. Fails when idle connections are trusted."""
    monkeypatch.setattr(module, "_SURELY_ALIVE_S", 0.0)
    found = Database(database, application_name="victim", pool_size=5)
    held = [found.acquire() for _ in range(5)]
    for one in held:
        found.release(one)
    _end_sessions(database)
    assert rows(found, "select 1") == [(1,)]
    found.close_idle()


def test_one_broken_connection_empties_the_pool(database: str) -> None:
    """The server that ended one ended all: only one caller fails, not one for each idle connection."""
    found = Database(database, application_name="victim", pool_size=5)
    held = [found.acquire() for _ in range(5)]
    for one in held:
        found.release(one)
    _end_sessions(database)
    with pytest.raises(psycopg2.OperationalError) as raised:
        rows(found, "select 1")
    assert is_infrastructure(raised.value)
    assert rows(found, "select 1") == [(1,)]


def _end_sessions(url: str) -> None:
    watcher = Database(url, application_name="watcher")
    rows(watcher, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'")
    until(lambda: not rows(watcher, "select 1 from pg_stat_activity where application_name = 'victim'"))
    watcher.close_idle()


@pytest.fixture
def patient() -> Iterator[None]:
    """This process waits as a relay does."""
    waiting.wait_plainly()
    yield
    psycopg2.extensions.set_wait_callback(None)


@pytest.fixture
def proxied(database: str) -> Iterator[tuple[Proxy, Database]]:
    parts = urlsplit(database)
    with Proxy(parts.hostname or "127.0.0.1", parts.port or 5432) as proxy:
        address = f"{proxy.address[0]}:{proxy.address[1]}"
        login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        found = Database(parts._replace(netloc=f"{login}{address}").geturl(), application_name="t")
        yield proxy, found
        found.close_idle()


@pytest.mark.usefixtures("patient")
def test_a_silent_database_is_believed_gone(proxied: tuple[Proxy, Database], monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy that keeps the connection open TCP notices nothing; without a limit this waits for ever."""
    proxy, found = proxied
    monkeypatch.setattr(module, "MARGIN_S", 0.1)
    connection = found.dedicated(statement_timeout_ms=300)
    with connection.cursor() as cursor:
        cursor.execute("select 1")
        proxy.silence()
        with pytest.raises(waiting.SilentServer, match=r"did not answer within 0\.4 s"):
            cursor.execute("select 1")
    assert connection.closed
    proxy.speak()
    assert rows(found, "select 1") == [(1,)]


@pytest.mark.usefixtures("patient")
def test_a_database_that_is_silent_from_the_start_is_believed_gone(
    proxied: tuple[Proxy, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, found = proxied
    monkeypatch.setattr(waiting.Patient, "patience_s", 0.3)
    proxy.silence()
    with pytest.raises(waiting.SilentServer):
        found.acquire()


@pytest.mark.usefixtures("patient")
def test_a_slow_answer_is_waited_for(database: str) -> None:
    found = Database(database, application_name="t")
    assert rows(found, "select pg_sleep(0.2)::text, repeat('x', 3000000) = 'y'") == [("", False)]


GREEN = """
import sys
from chassis import shims
shims.patch()
import eventlet, time
from chassis import database, waiting
from chassis.database import Database
from chassis.unit import Unit
from chassis.wakeup import Wakeup
from contracts.intake import LibraryRegistered
from tests.support.outgoing import LIBRARY, new_id, teller

found = Database(sys.argv[1], application_name="intake", pool_size=10)
wakeup = Wakeup(found)
wakeup.start()
ticks = 0

def tick():
    global ticks
    while True:
        eventlet.sleep(0.01)
        ticks += 1

def work(_):
    with Unit(found) as unit:
        with unit.connection.cursor() as cursor:
            cursor.execute("select pg_sleep(0.05)")
        teller(unit, wakeup.wake)(LibraryRegistered, new_id(), **LIBRARY)

eventlet.spawn(tick)
list(eventlet.GreenPool(40).imap(work, range(40)))
assert ticks >= 10, f"waiting blocked the process: {ticks}"
wakeup.stop()

import socket
silent = socket.create_server(("127.0.0.1", 0))
waiting.Patient.patience_s = 0.3
try:
    Database(f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x", application_name="t").acquire()
except waiting.SilentServer:
    print("ended well")
"""


def test_the_same_code_waits_green(intake: Database) -> None:
    """In a service process 40 units share 10 connections while the rest goes on, and silence ends there too."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", GREEN, intake.url], cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout.split("\n")[-2:] == ["ended well", ""], done.stderr
    assert outbox_depth(intake) == 40


def test_adapters(database: str) -> None:
    """What stores pass in and get back: dictionaries as JSON, aware moments, ids as text."""
    found = Database(database, application_name="t")
    show: Callable[..., list[tuple[object, ...]]] = lambda sql, *values: rows(found, sql, *values)  # noqa: E731
    assert show("select %s::jsonb", {"naam": "é", "n": [1, None]}) == [({"naam": "é", "n": [1, None]},)]
    assert show("select '2027-03-28 03:00+02'::timestamptz")[0][0].isoformat() == "2027-03-28T01:00:00+00:00"  # type: ignore[attr-defined]
    assert show("select gen_random_uuid() = any(%s::uuid[])", ["00000000-0000-0000-0000-000000000000"]) == [(False,)]
    assert isinstance(show("select gen_random_uuid()")[0][0], str)
