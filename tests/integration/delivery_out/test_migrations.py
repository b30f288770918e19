"""Migrations: once each, safe when several start at once or one is killed, loud when a file was changed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from chassis.database import Database
from chassis.migrations import MigrationChanged, MigrationError, MigrationFailed, migrate
from tests.support.outgoing import ROOT, rows, until

PROGRAM = """
import sys
from pathlib import Path
from chassis.migrations import migrate
print(len(migrate(sys.argv[1], "sample", Path(sys.argv[2]))))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files of a service named `sample`; the second takes a moment."""
    (tmp_path / "0001_first.sql").write_text("create table place (id int primary key);\n")
    (tmp_path / "0002_slow.sql").write_text("select pg_sleep(0.5); insert into place values (1);\n")
    (tmp_path / "0003_last.sql").write_text("create table visit (id int); -- a % sign and a :colon stay as they are\n")
    return tmp_path


def start(url: str, folder: Path, failpoint: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, url, str(folder)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT), "FAILPOINT": failpoint}, text=True, stdout=subprocess.PIPE,
    )  # fmt: skip


def sample(url: str) -> Database:
    return Database(url, application_name="sample")


def applied(database: Database) -> list[str]:
    found = rows(database, "select name from chassis.schema_migration where component = 'sample' order by name")
    return [name for (name,) in found]


def test_each_file_is_applied_once_in_order(database: str, folder: Path) -> None:
    found = migrate(database, "sample", folder)
    assert found[0] == "chassis/0001_delivery_out.sql"
    assert found[-3:] == ["sample/0001_first.sql", "sample/0002_slow.sql", "sample/0003_last.sql"]
    assert migrate(database, "sample", folder) == []
    (folder / "0004_more.sql").write_text("create table more (id int);")
    assert migrate(database, "sample", folder) == ["sample/0004_more.sql"]
    assert rows(sample(database), "select id from sample.place") == [(1,)]


def test_several_processes_at_once(database: str, folder: Path) -> None:
    """Rule: one advisory lock. Without it they create the same tables and fail."""
    running = [start(database, folder) for _ in range(5)]
    counts = []
    for one in running:
        said, _ = one.communicate(timeout=60)
        assert one.returncode == 0
        counts.append(int(said.split()[-1]))
    assert sorted(counts)[:4] == [0, 0, 0, 0]
    assert max(counts) >= 4
    assert rows(sample(database), "select id from sample.place") == [(1,)]


@pytest.mark.parametrize("passage", [1, 4, 5])
def test_one_that_is_killed_midway_leaves_nothing_half_done(database: str, folder: Path, passage: int) -> None:
    """Rules: a file and its record are one transaction; the lock dies with its holder, so the next is not blocked."""
    killed = start(database, folder, failpoint=f"migration-before-commit:{passage}")
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    followers = [start(database, folder) for _ in range(2)]
    for one in followers:
        one.communicate(timeout=60)
        assert one.returncode == 0
    found = sample(database)
    assert applied(found) == ["0001_first.sql", "0002_slow.sql", "0003_last.sql"]
    assert rows(found, "select id from sample.place") == [(1,)]


def test_one_that_is_killed_while_the_server_works_frees_the_lock_soon(database: str, folder: Path) -> None:
    """The server looks every 5 s whether its client is there; else a statement of an hour holds the lock for one."""
    (folder / "0002_slow.sql").write_text("select pg_sleep(600);")
    killed = start(database, folder)
    found = sample(database)
    until(lambda: rows(found, "select 1 from pg_stat_activity where query like '%%pg_sleep(600)%%' and state = 'active'"
                              " and pid <> pg_backend_pid()"))  # fmt: skip
    killed.kill()
    killed.communicate(timeout=10)
    (folder / "0002_slow.sql").write_text("select 1;")
    follower = start(database, folder)
    follower.communicate(timeout=30)
    assert follower.returncode == 0


def test_a_changed_file_fails_loudly(database: str, folder: Path) -> None:
    """Rule: what was applied never changes; the databases that have it would differ from new ones."""
    migrate(database, "sample", folder)
    (folder / "0001_first.sql").write_text("create table place (id bigint primary key);\n")
    (folder / "0004_more.sql").write_text("create table more (id int);")
    with pytest.raises(MigrationChanged, match=r"sample/0001_first\.sql was applied in another form"):
        migrate(database, "sample", folder)
    assert rows(sample(database), "select to_regclass('sample.more')") == [(None,)]


def test_a_file_that_fails_keeps_nothing(database: str, folder: Path) -> None:
    (folder / "0004_wrong.sql").write_text("create table more (id int); create table place (id int);")
    (folder / "0005_never.sql").write_text("create table never (id int);")
    with pytest.raises(MigrationFailed, match=r"sample/0004_wrong\.sql.*already exists"):
        migrate(database, "sample", folder)
    found = sample(database)
    assert applied(found) == ["0001_first.sql", "0002_slow.sql", "0003_last.sql"]
    assert rows(found, "select to_regclass('sample.more'), to_regclass('sample.never')") == [(None, None)]
    (folder / "0004_wrong.sql").write_text("create table more (id int);")
    assert migrate(database, "sample", folder) == ["sample/0004_wrong.sql", "sample/0005_never.sql"]


def test_two_files_may_not_share_a_number(database: str, folder: Path) -> None:
    (folder / "0002_other.sql").write_text("select 1;")
    with pytest.raises(MigrationError, match="numbers used twice: 0002"):
        migrate(database, "sample", folder)


def test_an_older_release_starts_on_a_newer_schema(database: str, folder: Path) -> None:
    """A rolling deploy restarts old replicas after the new ones have migrated."""
    migrate(database, "sample", folder)
    (folder / "0003_last.sql").unlink()
    assert migrate(database, "sample", folder) == []


def test_a_database_that_is_away_is_an_operational_error(folder: Path) -> None:
    with pytest.raises(psycopg2.OperationalError):
        migrate("postgresql://127.0.0.1:9/none", "sample", folder)
