"""A process is known by its birth, not by its pid."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from infra.local.processes import Process, children, kill_tree, spawn, start, until, with_parent


def _sleeper(tmp_path: Path) -> Process:
    return start(
        [sys.executable, "-c", "import time; time.sleep(60)"], env=os.environ, cwd=tmp_path, log=tmp_path / "l"
    )


def test_a_pid_with_another_birth_is_another_process() -> None:
    me = Process.of(os.getpid())
    assert me
    assert me.alive
    assert not Process(os.getpid(), "another birth").alive


def test_signals_reach_only_the_process_that_was_meant(tmp_path: Path) -> None:
    sleeper = _sleeper(tmp_path)
    Process(sleeper.pid, "another birth").signal(signal.SIGKILL)
    assert sleeper.alive
    sleeper.signal(signal.SIGKILL)
    assert sleeper.gone_within(10)


def test_a_zombie_counts_as_gone_and_its_exit_code_is_kept(tmp_path: Path) -> None:
    child = spawn([sys.executable, "-c", "raise SystemExit(7)"], env=os.environ, cwd=tmp_path, log=tmp_path / "l")
    born = Process.of(child.pid)
    assert born is None or born.gone_within(10)
    assert child.wait(timeout=10) == 7


def test_it_is_not_gone_before_its_last_thread_is_and_leaves_no_zombie(tmp_path: Path) -> None:
    """kill -9 of a broker: its first thread ends before the one that still holds its port."""
    script = (
        "import ctypes, threading, time; threading.Thread(target=time.sleep, args=[60]).start(); "
        "ctypes.PyDLL(None).pthread_exit(None)"
    )
    half = start([sys.executable, "-c", script], env=os.environ, cwd=tmp_path, log=tmp_path / "l")
    stat = Path(f"/proc/{half.pid}/stat")
    assert until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z", 10)
    assert half.alive
    half.signal(signal.SIGKILL)
    assert half.gone_within(10)
    assert not stat.exists()


def test_kills_what_a_process_started_too(tmp_path: Path) -> None:
    sleep = "import time; time.sleep(60)"
    script = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {sleep!r}]); {sleep}"
    parent = start([sys.executable, "-c", script], env=os.environ, cwd=tmp_path, log=tmp_path / "l")
    assert until(lambda: len(children(parent.pid)) == 1, 10)
    (child,) = children(parent.pid)
    kill_tree(parent)
    assert not parent.alive
    assert child.gone_within(10)


def test_ends_with_its_parent(tmp_path: Path) -> None:
    words = [*with_parent(signal.SIGTERM), sys.executable, "-c", "import time; time.sleep(60)"]
    script = f"import subprocess, time; print(subprocess.Popen({words!r}).pid, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = Process.of(int(parent.stdout.readline()))
        assert child
        # Before that it is still the program that asks for the signal, whose own words hold the command too.
        command = Path(f"/proc/{child.pid}/cmdline")
        assert until(lambda: command.read_bytes().startswith(sys.executable.encode()), 10)
        parent.kill()
    assert child.gone_within(10)
