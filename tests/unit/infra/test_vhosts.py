"""Vhosts of a broker whose rabbitmqctl is not the one installed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.state import ServerFailed
from infra.local.vhosts import Vhosts
from tests.support.servers import named_broker

URI = "amqp://test:secret@127.0.0.1:5672/%2F"


def _elsewhere(tmp_path: Path, script: str) -> Path:
    program = tmp_path / "reach it"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_the_named_command_runs_with_its_words_before_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _elsewhere(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/seen')
    monkeypatch.setenv("RABBITMQCTL", f"'{program}' exec broker rabbitmqctl")
    vhost = named_broker(URI).vhost()
    before, after = (tmp_path / "seen").read_text().splitlines()[:4], vhost.rpartition("/")
    assert before == ["exec", "broker", "rabbitmqctl", "eval"]
    assert after[0] == "amqp://test:secret@127.0.0.1:5672"
    assert after[2] in (tmp_path / "seen").read_text()


def test_what_it_says_when_it_fails_is_told(tmp_path: Path) -> None:
    program = _elsewhere(tmp_path, "echo no such container >&2; exit 1")
    with pytest.raises(ServerFailed, match="no such container"):
        Vhosts(URI, {}, [str(program)]).make("one")
