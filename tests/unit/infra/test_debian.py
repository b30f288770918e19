"""Installing Debian's packages starts no server, and leaves the machine's own settings as they were."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.local import debian


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose apt-get and dpkg-query note what they see."""
    monkeypatch.setattr(debian, "_POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(debian, "_NO_CLUSTER", tmp_path / "postgresql-common" / "createcluster.d" / "meedoen-none.conf")
    monkeypatch.setattr(debian, "_ONE_AT_A_TIME", tmp_path / "lock")
    installed = tmp_path / "installed"
    installed.write_text("installed base-files\ndeinstall old-thing\n")
    _program(tmp_path / "dpkg-query", f"cat {installed}")
    _program(
        tmp_path / "apt-get",
        f"""
        case "$*" in *update*) touch {tmp_path}/updated; exit 0;; esac
        test -e {tmp_path}/needs-update && test ! -e {tmp_path}/updated && exit 100
        test -e {tmp_path}/broken && {{ echo "E: no such package"; exit 100; }}
        {tmp_path}/policy-rc.d >> {tmp_path}/seen; echo "policy $?" >> {tmp_path}/seen
        cat {tmp_path}/postgresql-common/createcluster.d/*.conf >> {tmp_path}/seen
        echo "installed postgresql" >> {installed}; echo "installed libpq5" >> {installed}
        """,
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_names_what_is_new_and_starts_nothing(machine: Path) -> None:
    assert debian.install(["postgresql"]) == ["libpq5", "postgresql"]
    seen = (machine / "seen").read_text()
    assert "policy 101" in seen, "invoke-rc.d takes 101 for: do not start it"
    assert "create_main_cluster = false" in seen


def test_nothing_of_it_stays(machine: Path) -> None:
    debian.install(["postgresql"])
    assert not (machine / "policy-rc.d").exists()
    assert not (machine / "postgresql-common").exists()


def test_a_policy_that_was_there_comes_back(machine: Path) -> None:
    _program(machine / "policy-rc.d", "exit 42")
    debian.install(["postgresql"])
    assert subprocess.run([machine / "policy-rc.d"], check=False).returncode == 42
    assert "policy 101" in (machine / "seen").read_text()


def test_what_a_killed_run_left_behind_is_not_taken_for_the_machines_own(machine: Path) -> None:
    _program(machine / "policy-rc.d", "exit 42")
    with debian._servers_stay_off():
        left = {name: (machine / name).read_bytes() for name in ("policy-rc.d", "policy-rc.d.before-meedoen")}
    for name, content in left.items():
        (machine / name).write_bytes(content)
        (machine / name).chmod(0o755)
    debian.install(["postgresql"])
    assert subprocess.run([machine / "policy-rc.d"], check=False).returncode == 42
    assert not (machine / "policy-rc.d.before-meedoen").exists()


def test_two_at_once_take_turns(machine: Path) -> None:
    """Each would take the other's policy for the machine's own, and put it back for good."""
    go_on = machine / "go-on"
    os.mkfifo(go_on)
    _program(machine / "apt-get", f'case "$2 $*" in *slow*) cat {go_on};; esac')
    _program(machine / "policy-rc.d", "exit 42")
    with ThreadPoolExecutor(2) as both:
        slow = both.submit(debian.install, ["slow"])
        with go_on.open("w"):  # returns when apt-get reads
            quick = both.submit(debian.install, ["quick"])
            with pytest.raises(TimeoutError):
                quick.result(timeout=0.5)
        slow.result(timeout=20)
        quick.result(timeout=20)
    assert subprocess.run([machine / "policy-rc.d"], check=False).returncode == 42


def test_settings_of_postgresql_that_were_there_stay(machine: Path) -> None:
    other = machine / "postgresql-common" / "createcluster.d" / "other.conf"
    other.parent.mkdir(parents=True)
    other.write_text("ssl = off\n")
    debian.install(["postgresql"])
    assert [path.name for path in other.parent.iterdir()] == ["other.conf"]


def test_old_lists_are_refreshed_once(machine: Path) -> None:
    (machine / "needs-update").touch()
    assert debian.install(["postgresql"]) == ["libpq5", "postgresql"]


def test_a_failure_shows_the_words_of_apt_and_cleans_up(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (machine / "broken").touch()
    with pytest.raises(debian.InstallFailed):
        debian.install(["postgresql"])
    assert "E: no such package" in capsys.readouterr().out
    assert not (machine / "policy-rc.d").exists()
