"""What `meedoen doctor` says of the processes of this copy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from infra.local.processes import Process
from ops.diagnosis import examined
from ops.supervisor.book import Book
from ops.target import Target


def _row(name: str, var: Path, **facts: Any) -> dict[str, Any]:
    return {"name": name, "state": "ready", "lastExit": None, "restarts": 0, "log": str(var / f"{name}.log"), **facts}


@pytest.fixture
def said(tmp_path: Path) -> dict[str, tuple[str, str]]:
    """Found and to do, of processes in each state; this process stands in for the supervisor."""
    me = Process.of(os.getpid())
    assert me
    (tmp_path / "dead.log").write_text("began\nno room\n")
    rows = [_row("well", tmp_path), _row("young", tmp_path, state="starting"), _row("next", tmp_path, state="waiting"),
            _row("dead", tmp_path, state="failed", lastExit=1)]  # fmt: skip
    Book(tmp_path).write(process=[me.pid, me.born], state="starting", processes=rows)
    found = {}
    for finding in examined(Target({"MEEDOEN_VAR": str(tmp_path)})):
        found[finding.what] = (finding.found, finding.do)
        if finding.what == "process dead":
            break  # what follows asks the services themselves
    return found


def test_doctor_tells_what_is_on_its_way_from_what_failed(said: dict[str, tuple[str, str]], tmp_path: Path) -> None:
    assert said["process well"] == ("ready", "")
    assert said["process young"] == ("starting", f"Its log {tmp_path}/young.log is empty; look again in a minute")
    assert said["process next"] == ("waiting", "It is started once those before it in this list are ready")
    assert said["process dead"] == ("failed, exit code 1", f"Its log {tmp_path}/dead.log ends: began / no room")


def test_doctor_sends_nobody_to_logs_that_are_not_there() -> None:
    """An installation elsewhere, in containers say, has no `var/log` that its operator could read."""
    away = {"MEEDOEN_URL": "http://127.0.0.1:9", "MEEDOEN_TOKEN": "t", "MEEDOEN_AMQP_URI": "amqp://127.0.0.1:9/"}
    found = {finding.what: finding for finding in examined(Target(away))}
    assert not found["service intake"].ok
    assert "docker compose logs intake" in found["service intake"].do
    assert "docker compose logs rabbitmq" in found["broker"].do
    assert [finding for finding in found.values() if "var/" in finding.do] == []
