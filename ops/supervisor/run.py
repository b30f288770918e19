"""The supervisor's loop: one thread, some looks a second."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from infra.local.processes import Process, kill_tree
from ops.supervisor.book import Book
from ops.supervisor.child import Child, State
from ops.supervisor.logs import rotate
from ops.supervisor.program import Planned

log = structlog.get_logger()

_LOOK: Final = 0.15
_ROTATE: Final = 30.0


class Supervisor:
    """Runs programs until it is told to stop. Its thread must be the process's main one: when it ends, they end."""

    def __init__(self, plan: Planned, book: Book, log_of_its_own: Path) -> None:
        self._plan = plan
        self._waiting = [Child(program) for program in plan.programs()]
        self._begun: list[Child] = []
        self._surplus: set[str] = set()
        self._leaving: dict[Child, float] = {}
        self._book = book
        self._log = log_of_its_own
        self._stop = False
        self._since = datetime.now(UTC).isoformat(timespec="seconds")
        self._was_up = False
        self._rotated = time.monotonic()

    def install(self) -> None:
        """Stop on SIGTERM and SIGINT. A second signal changes nothing: the first is being obeyed."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_soon)

    def _stop_soon(self, *_: object) -> None:
        self._stop = True

    def run(self) -> int:
        """Start, watch, stop; the exit code: 0 asked to stop, 1 a program cannot be started here."""
        try:
            while not self._stop:
                self._begin_next()
                for child in self._begun:
                    child.look()
                self._replace()
                self._was_up = self._was_up or self._all_ready()
                if not self._was_up and self._failed():
                    return 1
                self._say("failed" if self._failed() else "up" if self._was_up else "starting")
                self._rotate()
                time.sleep(_LOOK)
        finally:
            self._end()
        return 0

    def _begin_next(self) -> None:
        """Start the next stage once all that began are well."""
        if not self._waiting or any(child.state is not State.READY for child in self._begun):
            return
        stage = min(child.program.starts for child in self._waiting)
        next_ones = [child for child in self._waiting if child.program.starts == stage]
        self._waiting = [child for child in self._waiting if child.program.starts != stage]
        self._begun += next_ones
        for child in next_ones:
            child.start()

    def _replace(self) -> None:
        """Start what the plan has now, and when all of that is well, stop what it has no more.

        So a service is answered for all the while that its processes become others.
        """
        if not self._waiting and self._plan.changed():
            wanted = {program.name: program for program in self._plan.programs()}
            known = {child.program.name for child in self._begun}
            self._surplus = known - wanted.keys()
            for name in (name for name in wanted if name not in known):
                child = Child(wanted[name])
                self._begun.append(child)
                child.start()
        if self._surplus and all(child.state is State.READY for child in self._begun if not self._is_surplus(child)):
            for child in [child for child in self._begun if self._is_surplus(child)]:
                self._begun.remove(child)
                self._leaving[child] = time.monotonic()
                child.ask_to_stop()
            self._surplus = set()
        self._see_off()

    def _is_surplus(self, child: Child) -> bool:
        return child.program.name in self._surplus

    def _see_off(self) -> None:
        for child, since in list(self._leaving.items()):
            if time.monotonic() - since > child.program.stop_seconds:
                child.kill()
            if child.stopped():
                del self._leaving[child]

    def _all_ready(self) -> bool:
        return not self._waiting and all(child.state is State.READY for child in self._begun)

    def _failed(self) -> bool:
        return any(child.state is State.FAILED for child in self._begun)

    def _end(self) -> None:
        failed = self._failed()
        self._begun += self._leaving
        for stage in sorted({child.program.stops for child in self._begun}):
            children = [child for child in self._begun if child.program.stops == stage]
            for child in children:
                child.ask_to_stop()
            self._wait_for(children)
        self._say("failed" if failed else "stopped")
        log.info("supervisor_stopped")

    def _wait_for(self, children: list[Child]) -> None:
        begun = time.monotonic()
        while waiting := [child for child in children if not child.stopped()]:
            self._say("stopping")
            for child in waiting:
                if time.monotonic() - begun > child.program.stop_seconds:
                    child.kill()
            time.sleep(0.05)

    def _say(self, state: str) -> None:
        me = Process.of(os.getpid())
        self._book.write(
            process=[me.pid, me.born] if me else None,
            state=state,
            since=self._since,
            processes=[child.facts() for child in dict.fromkeys([*self._begun, *self._leaving, *self._waiting])],
        )

    def _rotate(self) -> None:
        if time.monotonic() - self._rotated > _ROTATE:
            self._rotated = time.monotonic()
            for path in (self._log, *(child.program.log for child in self._begun)):
                rotate(path)


def end_orphans(book: Book) -> None:
    """A supervisor that was killed may have left processes, which hold its ports and locks: end them."""
    for name, process in book.orphans():
        log.warning("orphan_ended", program=name, pid=process.pid)
        process.signal(signal.SIGTERM)
        if not process.gone_within(10):
            kill_tree(process)
