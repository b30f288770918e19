"""The supervisor's book and its logs."""

from __future__ import annotations

import os
from pathlib import Path

from infra.local.processes import Process
from ops.supervisor.book import Book
from ops.supervisor.logs import last_lines, rotate


def _me() -> list[object]:
    me = Process.of(os.getpid())
    assert me
    return [me.pid, me.born]


def test_knows_the_one_that_runs_from_one_that_ran(tmp_path: Path) -> None:
    book = Book(tmp_path)
    assert book.running() is None
    book.write(process=_me(), state="up", processes=[])
    running = Book(tmp_path).running()
    assert running is not None
    assert running["state"] == "up"
    book.write(process=[os.getpid(), "another birth"], state="up", processes=[])
    assert Book(tmp_path).running() is None


def test_orphans_are_processes_that_live_and_never_a_pid_that_is_anothers(tmp_path: Path) -> None:
    pid, born = _me()
    rows = [
        {"name": "alive", "pid": pid, "born": born},
        {"name": "someone else", "pid": pid, "born": "another birth"},
        {"name": "not running", "pid": None, "born": None},
    ]
    book = Book(tmp_path)
    book.write(process=_me(), state="up", processes=rows)
    assert [name for name, _ in book.orphans()] == ["alive"]


def test_only_its_owner_reads_the_book(tmp_path: Path) -> None:
    Book(tmp_path).write(state="up")
    assert (tmp_path / "supervisor.json").stat().st_mode & 0o777 == 0o600


def test_a_log_is_moved_aside_when_it_is_long_and_the_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with log.open("ab") as writer:
        for turn in range(5):
            writer.write(b"x" * 100 + b"%d\n" % turn)
            writer.flush()
            assert rotate(log, max_bytes=50)
            assert log.stat().st_size == 0
        writer.write(b"last\n")
        writer.flush()
    assert not rotate(log, max_bytes=50)
    assert log.read_bytes() == b"last\n"
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["a.log", "a.log.1", "a.log.2", "a.log.3"]
    assert (tmp_path / "a.log.1").read_bytes().endswith(b"4\n")
    assert (tmp_path / "a.log.3").read_bytes().endswith(b"2\n")


def test_a_log_that_is_not_there_needs_nothing(tmp_path: Path) -> None:
    assert not rotate(tmp_path / "none.log")
    assert last_lines(tmp_path / "none.log") == []


def test_the_end_of_a_log(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("\n".join(f"line {number}" for number in range(5000)))
    assert last_lines(tmp_path / "a.log", 2) == ["line 4998", "line 4999"]
