"""`python -m tests.support.supervised VAR`: the real supervisor over four small programs, for its tests.

Each program notes in VAR/story what happens to it, and is well once it wrote its pid to VAR/NAME.pid.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from chassis import logs
from ops.supervisor.book import Book
from ops.supervisor.program import Program
from ops.supervisor.run import Supervisor, end_orphans

PROGRAM = """
import os, pathlib, signal, sys, time
name, var, stubborn = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3] == "stubborn"
def note(word):
    with (var / "story").open("a") as story:
        story.write(f"{word} {name}\\n")
def stop(*_):
    note("stop")
    if not stubborn:
        sys.exit(0)
signal.signal(signal.SIGTERM, stop)
if (var / f"{name}.refuses").exists():
    sys.exit(int((var / f"{name}.refuses").read_text()))
note("start")
(var / f"{name}.pid").write_text(str(os.getpid()))
while True:
    time.sleep(0.05)
"""
NAMES = ("database", "broker", "relay", "service")


def program(var: Path, name: str, starts: int, stops: int, stubborn: bool = False) -> Program:
    pid = var / f"{name}.pid"
    return Program(
        name=name,
        kind="test",
        starts=starts,
        stops=stops,
        command=lambda tied: [*tied, sys.executable, "-c", PROGRAM, name, str(var), "stubborn" if stubborn else ""],
        environment=lambda: dict(os.environ),
        healthy=lambda: pid.exists() and not (var / f"{name}.unwell").exists(),
        log=var / "log" / f"{name}.log",
        cwd=var,
        prepare=lambda: pid.unlink(missing_ok=True),
        stop_seconds=1.0,
    )


class Plan:
    """The four, and another service instead of the first once VAR/replaced is there."""

    def __init__(self, var: Path) -> None:
        self._var = var
        self._replaced = self._is_replaced()

    def _is_replaced(self) -> bool:
        return (self._var / "replaced").exists()

    def programs(self) -> list[Program]:
        var, stubborn = self._var, (self._var / "stubborn").exists()
        return [
            program(var, "service-2" if self._is_replaced() else "service", 1, 0, stubborn),
            program(var, "relay", 1, 1),
            program(var, "broker", 0, 2),
            program(var, "database", 0, 3),
        ]

    def changed(self) -> bool:
        before, self._replaced = self._replaced, self._is_replaced()
        return before != self._replaced


def main(var: Path) -> int:
    logs.configure("info", "json", "supervisor")
    book = Book(var)
    book.take()
    end_orphans(book)
    supervisor = Supervisor(Plan(var), book, var / "log" / "supervisor.log")
    supervisor.install()
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
