"""Starts and stops a few programs, each stage when the one before is well. A supervisor would cost something."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence

from infra.local.processes import Process, kill_tree, spawn, until, with_parent
from ops.supervisor.logs import last_lines
from ops.supervisor.program import Program

_START_SECONDS = 120.0


class NotStarted(Exception):
    """A program did not become well; the message holds the end of its log."""


class Programs:
    """Programs that run together."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self._programs = sorted(programs, key=lambda program: program.starts)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def pids(self) -> dict[str, int]:
        """Of those that run, by name."""
        return {name: child.pid for name, child in self._running.items()}

    def start(self) -> None:
        """Start them all and wait until they are well. Raises NotStarted."""
        for stage in sorted({program.starts for program in self._programs}):
            started = [program for program in self._programs if program.starts == stage]
            for program in started:
                self._start(program)
            for program in started:
                if not until(program.healthy, _START_SECONDS, every=0.1):
                    raise NotStarted(f"{program.name}: " + "\n".join(last_lines(program.log)))

    def _start(self, program: Program) -> None:
        program.prepare()
        child = self._running[program.name] = spawn(
            program.command(with_parent(signal.SIGTERM)), env=program.environment(), cwd=program.cwd, log=program.log
        )
        program.noted(Process.of(child.pid))

    def stop(self) -> None:
        """Stop them in their order; what does not end is killed."""
        for stage in sorted({program.stops for program in self._programs}):
            stopping = [one for one in self._programs if one.stops == stage and one.name in self._running]
            for program in stopping:
                self._running[program.name].send_signal(program.stop_signal)
            for program in stopping:
                child = self._running.pop(program.name)
                try:
                    child.wait(program.stop_seconds)
                except subprocess.TimeoutExpired:
                    if process := Process.of(child.pid):
                        kill_tree(process)
                program.noted(None)
                program.clean()
