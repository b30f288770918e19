"""`meedoen up` from start to end, as a process of its own: stays, starts again what dies, stops on a signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.processes import Process, until
from ops.supervisor.book import Book


class Up:
    """`meedoen up --empty` on a directory of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.book = Book(var)
        self.out = var.with_suffix(".out")
        env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "AMQP_URI")}
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ops.main", "up", "--empty"],
                env={**env, "MEEDOEN_VAR": str(var)}, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def said(self) -> str:
        return self.out.read_text()

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.said()
        return "Meedoen is up." in self.said()

    def processes(self) -> dict[str, Process]:
        rows: list[dict[str, Any]] = self.book.read()["processes"]
        return {row["name"]: Process(row["pid"], row["born"]) for row in rows if row["pid"]}


Start = Callable[[], Up]


@pytest.fixture
def start(servers_directory: Path) -> Iterator[Start]:
    """Starts it; whatever was started and still runs is stopped at the end."""
    started: list[Up] = []

    def one() -> Up:
        started.append(Up(servers_directory / "up"))
        return started[-1]

    yield one
    for up in started:
        if up.process.poll() is None:
            up.process.terminate()
            up.process.wait(timeout=90)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_stays_until_a_signal_and_then_leaves_nothing(start: Start, number: signal.Signals) -> None:
    up = start()
    assert until(up.is_up, 120)
    ours = up.processes()
    assert {"postgres", "rabbitmq", "intake", "intake-relay"} <= ours.keys()
    up.process.send_signal(number)
    assert up.process.wait(timeout=90) == 0
    assert [name for name, process in ours.items() if process.alive] == []
    for name in ("reporting", "reporting-relay", "rabbitmq", "postgres"):
        assert f"{name} has stopped" in up.said()
    service, relay, broker, database = (
        up.said().index(f"{name} has stopped") for name in ("intake", "intake-relay", "rabbitmq", "postgres")
    )
    # Broker and database can both have stopped by the next look, which says them in the order of the plan.
    assert service < relay < min(broker, database)


@pytest.mark.timeout(400)
def test_a_second_start_keeps_keys_and_data(start: Start) -> None:
    """After kill -9 of everything at once, as when the machine loses power."""
    up = start()
    assert until(up.is_up, 120)
    kept = (up.var / "installation.json").read_text()
    ours = up.processes()
    supervisor = Process(*(up.book.running() or {})["process"])
    for process in (supervisor, *ours.values()):
        process.signal(signal.SIGKILL)
    assert up.process.wait(timeout=60) == 1
    assert "The supervisor ended" in up.said()
    up = start()
    assert until(up.is_up, 120)
    assert json.loads((up.var / "installation.json").read_text())["masterKeys"] == json.loads(kept)["masterKeys"]
    up.process.terminate()
    assert up.process.wait(timeout=90) == 0
