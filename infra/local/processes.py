"""Processes that we started: known again after a restart, stopped surely, never confused with another's.

A pid alone proves nothing (it is used again), so what we keep is the pid and the moment that process began.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One running process. `born` is what the system says of its start; None once it is gone."""

    pid: int
    born: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this pid now, or None."""
        born = _born(pid)
        return None if born is None else cls(pid, born)

    @property
    def alive(self) -> bool:
        return _born(self.pid) == self.born

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; a process that is gone already is left in peace."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def gone_within(self, seconds: float) -> bool:
        """Wait until it is gone; False if it is still there after this many seconds."""
        return until(lambda: not self.alive, seconds)


_THREADS, _STARTED = 16, 18
"""Where these stand in /proc/<pid>/stat, counted from the word after the state (proc(5): num_threads, starttime)."""


def _born(pid: int) -> str | None:
    """Start of a living process: clock ticks since boot on Linux, a date elsewhere.

    A zombie counts as gone, once its last thread has ended: until then its ports are taken, and nobody can collect it.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return None if Path("/proc/self").exists() else _born_by_ps(pid)
    except ProcessLookupError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    if state in "ZX" and int(fields[_THREADS]) <= 1:
        _reap(pid)
        return None
    return fields[_STARTED]


def command_line(pid: int) -> str:
    """The words that a process was started with; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "" if Path("/proc/self").exists() else _ps("args=", pid)


def _ps(what: str, pid: int) -> str:
    return subprocess.run(
        ["ps", "-o", what, "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()


def _born_by_ps(pid: int) -> str | None:
    state, _, born = _ps("stat=,lstart=", pid).partition(" ")
    return None if not born or state.startswith("Z") else born.strip()


_OURS: dict[int, subprocess.Popen[bytes]] = {}


def _reap(pid: int) -> None:
    """Collect our own dead child, so that its pid is free; another's child is not ours to collect."""
    if child := _OURS.get(pid):
        child.poll()


def until(true: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Ask until it is true; False if it is not within this many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def with_parent(number: signal.Signals) -> list[str]:
    """Words before a command that make it get this signal when the thread that started it ends, even by kill -9.

    Empty where the system has no such thing; there the pid files let the next start clean up.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", number.name.removeprefix("SIG")] if setpriv else []


def start(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> Process:
    """Start a command apart from this terminal (Ctrl-C is ours alone), its words going to `log`."""
    child = spawn(command, env=env, cwd=cwd, log=log)
    return Process.of(child.pid) or Process(child.pid, "gone at once")


def spawn(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> subprocess.Popen[bytes]:
    """As `start`, for who wants the exit code too."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        child = subprocess.Popen(
            command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    _OURS[child.pid] = child
    return child


def children(pid: int) -> list[Process]:
    """All descendants of a process, nearest first."""
    below: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            below.setdefault(parent, []).append(int(stat.parent.name))
    found, ask = [], [pid]
    while ask:
        for child in below.get(ask.pop(0), []):
            ask.append(child)
            if process := Process.of(child):
                found.append(process)
    return found


def kill_tree(process: Process) -> None:
    """kill -9 a process and all that it started, as when the machine loses power."""
    if process.alive:
        family = [process, *children(process.pid)]
        for member in family:
            member.signal(signal.SIGKILL)
        for member in family:
            member.gone_within(10)
