"""Timers: one replica at a time, one transaction a run, and nothing that goes wrong ends them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from chassis.database import Database
from chassis.locks import advisory_key
from chassis.testing import Harness
from chassis.timers import Every, every, soon
from chassis.unit import Units
from tests.support.counting.service import CountingService
from tests.support.incoming import ask


class TickingService(CountingService):
    """Has timers; what they do is set by each test."""

    unit = Units()
    todo: Callable[[Any], Any] = staticmethod(lambda service: None)

    @every(seconds=0.01, name="tick")
    def tick(self) -> Any:
        return type(self).todo(self)


@pytest.fixture
def ticking(counting: str) -> Iterator[Harness]:
    with Harness(TickingService, counting) as driven:
        yield driven


def note(service: Any, word: str) -> None:
    with service.unit.connection.cursor() as cursor:
        cursor.execute("insert into activities.counter values (%s, 1)", [word])


def notes(url: str) -> list[str]:
    return [row[0] for row in ask(url, "select partition_key from activities.counter order by 1")]


def do(monkeypatch: pytest.MonkeyPatch, todo: Callable[[Any], Any]) -> None:
    monkeypatch.setattr(TickingService, "todo", staticmethod(todo))


def timer(harness: Harness) -> Every:
    return next(one for one in harness.container.entrypoints if isinstance(one, Every))


def test_a_run_is_committed(ticking: Harness, counting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    do(monkeypatch, lambda service: note(service, "done"))
    assert ticking.tick("tick") == 1
    assert notes(counting) == ["done"]


def test_a_run_that_says_there_is_more_is_followed_at_once(ticking: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [3]
    do(monkeypatch, lambda service: left.__setitem__(0, left[0] - 1) or left[0] > 0)
    assert ticking.tick("tick") == 3


def test_a_run_that_fails_leaves_nothing_and_frees_its_turn(
    ticking: Harness, counting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(service: Any) -> None:
        note(service, "half")
        raise RuntimeError("as asked")

    do(monkeypatch, fail)
    with pytest.raises(RuntimeError):
        ticking.tick("tick")
    do(monkeypatch, lambda service: note(service, "whole"))
    ticking.tick("tick")
    assert notes(counting) == ["whole"]


def test_one_replica_at_a_time(ticking: Harness, counting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    do(monkeypatch, lambda service: note(service, "ours"))
    with closing(psycopg2.connect(counting)) as elsewhere, elsewhere.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [advisory_key("timer:tick")])
        assert timer(ticking).run_once(ticking.assembly, ticking.database) is None
        assert notes(counting) == []
        # Closing alone lets the lock go a moment later.
        cursor.execute("select pg_advisory_unlock(%s)", [advisory_key("timer:tick")])
    assert timer(ticking).run_once(ticking.assembly, ticking.database) is False
    assert notes(counting) == ["ours"]


def test_the_lock_is_held_while_it_commits_in_between(
    ticking: Harness, counting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def long(service: Any) -> None:
        note(service, "first")
        service.unit.commit()
        seen.append(ask(counting, "select pg_try_advisory_lock(%s)", advisory_key("timer:tick")))

    do(monkeypatch, long)
    ticking.tick("tick")
    assert seen == [[(False,)]]
    assert ask(counting, "select pg_try_advisory_lock(%s)", advisory_key("timer:tick")) == [(True,)]


def test_it_goes_on_after_errors_and_stops_when_told(
    ticking: Harness, counting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = iter([True, True, False])
    ran = threading.Event()

    def todo(service: Any) -> None:
        if next(fails, False):
            raise RuntimeError("as asked")
        ran.set()

    do(monkeypatch, todo)
    running = timer(ticking)
    monkeypatch.setattr(ticking.container, "spawn_managed_thread", _thread)
    monkeypatch.setitem(running.database.__dict__, "database", Database(counting, application_name="activities"))
    running.start()
    assert ran.wait(20)
    running.stop()
    assert not running._thread.is_alive()


def _thread(run: Callable[[], None], identifier: str) -> Any:
    thread = threading.Thread(target=run, name=identifier, daemon=True)
    thread.wait = thread.join  # type: ignore[attr-defined]  # as nameko's green threads have it
    thread.start()
    return thread


class SleepyService(CountingService):
    """Has a timer that would come in an hour."""

    ran: threading.Event

    @every(seconds=3600, name="sleepy")
    def sleepy(self) -> None:
        type(self).ran.set()


class _Thread(threading.Thread):
    def wait(self) -> None:
        self.join(20)
        assert not self.is_alive()


def _in_thread(target: Callable[[], None], identifier: str) -> _Thread:
    thread = _Thread(target=target, name=identifier, daemon=True)
    thread.start()
    return thread


def test_a_timer_that_is_wished_for_does_not_wait_for_its_time(counting: str) -> None:
    SleepyService.ran = threading.Event()
    with Harness(SleepyService, counting) as driven:
        entrypoint = timer(driven)
        entrypoint.container.spawn_managed_thread = _in_thread  # without nameko's own hub
        entrypoint.start()
        assert SleepyService.ran.wait(20)
        SleepyService.ran.clear()
        soon("sleepy")
        assert SleepyService.ran.wait(20)
        entrypoint.stop()


def test_a_wish_for_a_timer_of_another_process_is_let_pass() -> None:
    soon("nobody's")
