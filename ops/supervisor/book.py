"""What the supervisor writes down, so that others can see how things are and its successor can clean up."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import IO, Any

from infra.local.processes import Process
from infra.local.state import State


class AlreadyRuns(Exception):
    """Another supervisor runs this `var` directory."""


class Book:
    """`supervisor.json` and `supervisor.lock` in a `var` directory."""

    def __init__(self, var: Path) -> None:
        self._file = var / "supervisor.json"
        self._lock = var / "supervisor.lock"
        self._held: IO[str] | None = None
        self._said: dict[str, Any] = {}

    def take(self) -> None:
        """Become the one supervisor, until this process ends. Raises AlreadyRuns."""
        lock = self._lock.open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            lock.close()
            raise AlreadyRuns from problem
        self._held = lock

    def write(self, **facts: Any) -> None:
        """Say how things are; the same again is not written."""
        if facts != self._said:
            State(self._file).save(**facts)
            self._said = facts

    def read(self) -> dict[str, Any]:
        """What was said last, by this supervisor or one before it; empty when nothing was."""
        try:
            found: dict[str, Any] = json.loads(self._file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return found

    def running(self) -> dict[str, Any] | None:
        """What the supervisor that runs now says; None when none runs."""
        facts = self.read()
        supervisor = facts.get("process")
        return facts if supervisor and Process(*supervisor).alive else None

    def orphans(self) -> list[tuple[str, Process]]:
        """Processes that an earlier supervisor left behind, by name."""
        left = [
            (row["name"], Process(row["pid"], row["born"])) for row in self.read().get("processes", []) if row["pid"]
        ]
        return [(name, process) for name, process in left if process.alive]
