"""The supervisor starts in order, restarts what dies, stops in order, and leaves no orphan even when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.processes import Process, until
from ops.supervisor.book import AlreadyRuns, Book
from tests.support.supervised import NAMES


class Supervised:
    """The supervisor of tests/support/supervised.py in a directory of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.book = Book(var)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.support.supervised", str(self.var)]
        with (self.var / "supervisor.out").open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, cwd=Path.cwd())

    def row(self, name: str) -> dict[str, Any]:
        return next(row for row in self.book.read()["processes"] if row["name"] == name)

    def is_up(self) -> bool:
        facts = self.book.running()
        return facts is not None and facts["state"] == "up" and all(r["state"] == "ready" for r in facts["processes"])

    def programs(self) -> dict[str, Process]:
        rows = self.book.read()["processes"]
        return {row["name"]: Process(row["pid"], row["born"]) for row in rows if row["pid"]}

    def story(self) -> list[str]:
        return (self.var / "story").read_text().splitlines()

    def stop(self) -> int:
        assert self.process
        self.process.terminate()
        return self.process.wait(timeout=20)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    found = Supervised(tmp_path)
    yield found
    if found.process and found.process.poll() is None:
        found.process.kill()
        found.process.wait()


def test_starts_each_stage_when_the_one_before_is_well(supervised: Supervised) -> None:
    (supervised.var / "broker.unwell").touch()
    supervised.start()
    assert until(lambda: (supervised.var / "broker.pid").exists(), 20)
    assert until(lambda: supervised.book.running() is not None, 10)
    assert [row["state"] for row in supervised.book.read()["processes"] if row["name"] in ("service", "relay")] == [
        "waiting",
        "waiting",
    ]
    (supervised.var / "broker.unwell").unlink()
    assert until(supervised.is_up, 20)
    assert set(supervised.story()[:2]) == {"start database", "start broker"}
    assert set(supervised.story()[2:]) == {"start service", "start relay"}


def test_stops_in_order_and_leaves_nothing(supervised: Supervised) -> None:
    supervised.start()
    assert until(supervised.is_up, 20)
    programs = supervised.programs()
    assert supervised.stop() == 0
    stops = [line for line in supervised.story() if line.startswith("stop")]
    assert stops == ["stop service", "stop relay", "stop broker", "stop database"]
    assert not any(process.alive for process in programs.values())
    assert {row["state"] for row in supervised.book.read()["processes"]} == {"stopped"}


def test_kills_what_will_not_stop(supervised: Supervised) -> None:
    (supervised.var / "stubborn").touch()
    supervised.start()
    assert until(supervised.is_up, 20)
    service = supervised.programs()["service"]
    assert supervised.stop() == 0
    assert not service.alive
    assert "stop database" in supervised.story()


@pytest.mark.parametrize("name", NAMES)
def test_restarts_what_dies(supervised: Supervised, name: str) -> None:
    supervised.start()
    assert until(supervised.is_up, 20)
    before = supervised.programs()
    os.kill(before[name].pid, signal.SIGKILL)
    assert until(lambda: not supervised.is_up(), 10)
    assert until(supervised.is_up, 20)
    after = supervised.programs()
    assert after[name] != before[name]
    assert supervised.row(name)["restarts"] == 1
    assert {n: p for n, p in after.items() if n != name} == {n: p for n, p in before.items() if n != name}


def test_waits_longer_each_time_a_program_dies_again(supervised: Supervised) -> None:
    supervised.start()
    assert until(supervised.is_up, 20)
    (supervised.var / "service.refuses").write_text("1")
    os.kill(supervised.programs()["service"].pid, signal.SIGKILL)
    assert until(lambda: supervised.row("service")["restarts"] >= 2, 20)
    # Pauses of 1 and 2 seconds lie behind it and one of 4 has begun: no third restart yet.
    assert supervised.row("service")["lastExit"] == 1
    assert not until(lambda: supervised.row("service")["restarts"] >= 3, 2)
    (supervised.var / "service.refuses").unlink()
    assert until(supervised.is_up, 20)


def test_gives_up_at_start_when_a_program_says_that_its_settings_are_wrong(supervised: Supervised) -> None:
    (supervised.var / "service.refuses").write_text("78")
    supervised.start()
    assert supervised.process
    assert supervised.process.wait(timeout=20) == 1
    facts = supervised.book.read()
    assert facts["state"] == "failed"
    assert supervised.row("service")["state"] == "failed"
    assert supervised.row("service")["lastExit"] == 78
    assert "stop database" in supervised.story()


def test_no_orphan_stays_when_it_is_killed(supervised: Supervised) -> None:
    supervised.start()
    assert until(supervised.is_up, 20)
    programs = supervised.programs()
    assert supervised.process
    supervised.process.kill()
    supervised.process.wait()
    for process in programs.values():
        assert process.gone_within(10)


def test_ends_orphans_of_a_killed_one_at_its_next_start(supervised: Supervised) -> None:
    """Where the system does not end them itself: here a program that takes no notice of the signal."""
    (supervised.var / "stubborn").touch()
    supervised.start()
    assert until(supervised.is_up, 20)
    orphan = supervised.programs()["service"]
    assert supervised.process
    supervised.process.kill()
    supervised.process.wait()
    assert not orphan.gone_within(0.5)
    (supervised.var / "stubborn").unlink()
    supervised.start()
    assert until(supervised.is_up, 30)
    assert not orphan.alive


def test_replaces_what_the_plan_replaces_with_the_new_one_well_first(supervised: Supervised) -> None:
    """Rule: a service is answered for all the while that its processes become others; nothing else is touched."""
    supervised.start()
    assert until(supervised.is_up, 20)
    before = supervised.programs()
    (supervised.var / "replaced").touch()
    assert until(lambda: set(supervised.programs()) == {"service-2", *NAMES} - {"service"}, 20)
    assert not before["service"].alive
    story = supervised.story()
    assert story.index("start service-2") < story.index("stop service")
    after = supervised.programs()
    assert {name: after[name] for name in NAMES if name != "service"} == {
        name: before[name] for name in NAMES if name != "service"
    }
    (supervised.var / "replaced").unlink()
    assert until(lambda: set(supervised.programs()) == set(NAMES), 20)
    assert after["service-2"].gone_within(10)


def test_one_supervisor_for_a_directory(supervised: Supervised) -> None:
    supervised.start()
    assert until(supervised.is_up, 20)
    with pytest.raises(AlreadyRuns):
        Book(supervised.var).take()
