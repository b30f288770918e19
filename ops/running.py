"""Starts the supervisor of the local installation, follows it until all is up, and stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from infra.local.installation import ROOT
from infra.local.processes import spawn, with_parent
from ops.supervisor.book import Book
from ops.supervisor.logs import last_lines
from ops.trouble import Trouble

START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 150.0
_LOOK: Final = 0.1
Tell = Callable[[dict[str, Any]], None]
"""Hears what the supervisor says, each time it changed."""


class NotStarted(Trouble):
    """The installation did not come up; the message says why and where its logs are."""


class Running:
    """A local installation that runs: started by us, or found running (then it is left running).

    `supervisor` is the module that supervises it; tests have one that also does what they ask of single programs.
    """

    def __init__(self, var: Path, supervisor: str = "ops.supervisor") -> None:
        self.var = var
        self._module = supervisor
        self.book = Book(var)
        self._supervisor: subprocess.Popen[bytes] | None = None

    @property
    def is_ours(self) -> bool:
        return self._supervisor is not None

    def start(self, tell: Tell, seconds: float = START_SECONDS) -> None:
        """Start it and wait until all is up. Raises NotStarted. One that runs already is joined."""
        if self.book.running() is None:
            for folder in (self.var, self.var / "log"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._supervisor = spawn(
                [*with_parent(signal.SIGTERM), sys.executable, "-m", self._module, str(self.var)],
                env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, log=self.var / "log" / "supervisor.log",
            )  # fmt: skip
        deadline = time.monotonic() + seconds
        said: dict[str, Any] = {}
        while True:
            facts = self.book.running() or {}
            if facts.get("state") == "up" and not self.is_ours:
                return
            if facts and facts != said:
                said = facts
                tell(facts)
            if facts.get("state") == "up":
                return
            if facts.get("state") == "failed" or not self._lives():
                raise NotStarted(self._why())
            if time.monotonic() > deadline:
                raise NotStarted(f"Not everything is well after {seconds:.0f} seconds. {self._why()}")
            time.sleep(_LOOK)

    def stop(self, tell: Tell) -> None:
        """Stop what we started, in order; nothing of it runs afterwards."""
        if self._supervisor is None:
            return
        if self._lives():
            self._supervisor.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while self._lives():
            if facts := self.book.running():
                tell(facts)
            if time.monotonic() > deadline:
                self._supervisor.kill()  # its programs end with it
            time.sleep(_LOOK)
        tell(self.book.read())

    def wait(self, tell: Tell) -> int:
        """Until the supervisor ends by itself; its exit code."""
        said: dict[str, Any] = {}
        while self._lives():
            facts = self.book.running()
            if facts and facts != said:
                said = facts
                tell(facts)
            time.sleep(_LOOK)
        return self._supervisor.returncode if self._supervisor else 0

    def _lives(self) -> bool:
        if self._supervisor is not None:
            return self._supervisor.poll() is None
        return self.book.running() is not None

    def _why(self) -> str:
        rows = self.book.read().get("processes", [])
        ill = [row for row in rows if row["state"] in ("failed", "restarting", "starting", "unwell")]
        ill.sort(key=lambda row: row["state"] != "failed")
        for row in ill:
            said = f"“{row['name']}” is {row['state']} (exit code {row['lastExit']})"
            return f"{said}. {_end_of(Path(row['log']))}"
        return f"The supervisor ended. {_end_of(self.var / 'log' / 'supervisor.log')}"


def _end_of(log: Path) -> str:
    lines = "\n".join(f"    {line}" for line in last_lines(log))
    return f"Its log, {log}, ends:\n{lines}"


@contextmanager
def interruptible() -> Iterator[None]:
    """Within it SIGINT and SIGTERM do what Ctrl-C does, so that either ends us in order.

    SIGINT too: a shell that starts us in the background tells us to ignore it. Once is enough: a second one while we
    stop changes nothing.
    """
    numbers = (signal.SIGINT, signal.SIGTERM)

    def interrupt(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
