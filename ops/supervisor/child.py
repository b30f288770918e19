"""One running program under supervision: started, watched, started again after a while when it dies."""

from __future__ import annotations

import signal
import subprocess
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import structlog

from infra.local.processes import Process, kill_tree, spawn, with_parent
from ops.supervisor.program import Program

log = structlog.get_logger()

_STABLE: Final = 60.0
"""Seconds of running after which a program is trusted again and its pauses begin anew."""
_ASK_WELL: Final = 5.0
"""Seconds between two questions to a program that was well."""
_CONFIGURATION: Final = 78
"""Exit code of a program that starting again cannot help (sysexits.h, EX_CONFIG)."""


class State(StrEnum):
    """Where a program is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    UNWELL = "unwell"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPING = "stopping"
    STOPPED = "stopped"


class Child:
    """A program and its process. All methods are called by the supervisor's main thread, which must stay alive."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.state = State.WAITING
        self.since = datetime.now(UTC)
        self.process: Process | None = None
        self.restarts = 0
        self.last_exit: int | None = None
        self._popen: subprocess.Popen[bytes] | None = None
        self._deaths = 0
        self._started = 0.0
        self._not_before = 0.0
        self._asked = 0.0

    def start(self) -> None:
        """Start the process. What cannot be started counts as died."""
        program = self.program
        try:
            program.prepare()
            self._popen = spawn(
                program.command(with_parent(program.stop_signal)),
                env=program.environment(), cwd=program.cwd, log=program.log,
            )  # fmt: skip
        except Exception as problem:
            log.error("program_not_started", program=program.name, exc_info=problem)
            self._died(None)
            return
        self.process = Process.of(self._popen.pid)
        program.noted(self.process)
        self._started = time.monotonic()
        self._become(State.STARTING)
        log.info("program_started", program=program.name, pid=self._popen.pid)

    def look(self) -> None:
        """See how it is and do what follows from it."""
        if self.state is State.FAILED:
            return
        if self.state is State.RESTARTING:
            if time.monotonic() >= self._not_before:
                self.restarts += 1
                self.start()
        elif self._popen is not None and self._popen.poll() is not None:
            self._ended()
        elif self.state is not State.READY or time.monotonic() - self._asked > _ASK_WELL:
            self._ask()

    def ask_to_stop(self) -> None:
        """Send the signal that this program takes for a request to stop."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.send_signal(self.program.stop_signal)
            self._become(State.STOPPING)
        else:
            self._gone()

    def stopped(self) -> bool:
        """Is it gone? To be asked until it is, or until patience ends."""
        if self._popen is not None and self._popen.poll() is None:
            return False
        self._gone()
        return True

    def kill(self) -> None:
        """kill -9 it and what it started."""
        if self.process:
            log.warning("program_killed", program=self.program.name, pid=self.process.pid)
            kill_tree(self.process)
        self.stopped()

    def facts(self) -> dict[str, Any]:
        """What `supervisor.json` says of it."""
        return {
            "name": self.program.name,
            "kind": self.program.kind,
            "service": self.program.service,
            "state": str(self.state),
            "since": self.since.isoformat(timespec="seconds"),
            "pid": self.process.pid if self.process else None,
            "born": self.process.born if self.process else None,
            "restarts": self.restarts,
            "lastExit": self.last_exit,
            "url": self.program.url,
            "log": str(self.program.log),
        }

    def _ask(self) -> None:
        self._asked = time.monotonic()
        well = self.program.healthy()
        if well:
            self._become(State.READY)
        elif self.state is State.READY:
            self._become(State.UNWELL)
        if well and time.monotonic() - self._started > _STABLE:
            self._deaths = 0

    def _ended(self) -> None:
        code = self._popen.returncode if self._popen else None
        log.warning("program_ended", program=self.program.name, exit=_meaning(code))
        self._forget_process()
        if code == _CONFIGURATION:
            self.last_exit = code
            self._become(State.FAILED)
        else:
            self._died(code)

    def _died(self, code: int | None) -> None:
        pauses = self.program.pauses
        pause = pauses[min(self._deaths, len(pauses) - 1)]
        self._deaths += 1
        self.last_exit = code
        self._not_before = time.monotonic() + pause
        self._become(State.RESTARTING)

    def _gone(self) -> None:
        if self._popen is not None:
            self.last_exit = self._popen.returncode
            self._forget_process()
        if self.state is not State.FAILED:
            self._become(State.STOPPED)

    def _forget_process(self) -> None:
        self.process = self._popen = None
        self.program.noted(None)
        self.program.clean()

    def _become(self, state: State) -> None:
        if state is not self.state:
            self.state, self.since = state, datetime.now(UTC)


def _meaning(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else str(code)
