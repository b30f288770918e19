"""The proof in containers: what is dealt to whom, how clients go on, and what is said where no engine runs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ops.containers import engine, persisting, trickle
from ops.containers.persisting import persistently
from ops.containers.trickle import Trickle
from ops.containers.unrest import Blow, Unrest, plan
from ops.place import Elsewhere
from ops.trouble import UNREACHABLE, Trouble, Unreachable

SERVICES = ["intake", "postgres", "gateway", "intake-relay"]


def test_each_container_is_hit_once_a_round_in_an_order_of_the_seed() -> None:
    blows = list(plan(SERVICES, 2, seed=7))
    assert Counter(blow.service for blow in blows[: len(SERVICES)]) == Counter(SERVICES)
    assert Counter(blow.service for blow in blows) == Counter(SERVICES * 2)
    assert blows == list(plan(list(reversed(SERVICES)), 2, seed=7))
    assert blows != list(plan(SERVICES, 2, seed=8))
    assert {blow.how for blow in plan(SERVICES, 10, seed=7)} == {"restart", "kill"}


def test_a_client_repeats_until_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persisting, "_PAUSE", 0.0)
    answers = iter([Unreachable("away"), Trouble("not yet"), 42])

    def ask() -> int:
        answer = next(answers)
        if isinstance(answer, Trouble):
            raise answer
        return answer

    assert persistently(ask) == 42


def test_a_client_gives_up_with_the_last_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> None:
        raise Unreachable("away for good")

    with pytest.raises(Unreachable, match="away for good"):
        persistently(ask, seconds=-1)


def _docker(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if script:
        program = tmp_path / "docker"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("", "No container engine answers here"),
        ("exit 1", "No container engine answers here"),
        # As some versions of the command do when nothing answers them.
        ("exit 0", "No container engine answers here"),
        ('case "$1" in info) echo 28.0;; *) exit 1;; esac', "no `docker compose`"),
    ],
)
def test_where_no_engine_runs_one_message_says_what_is_needed(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _docker(tmp_path, script, monkeypatch)
    with pytest.raises(Unreachable, match=said) as refused:
        engine.versions()
    assert refused.value.code == UNREACHABLE
    assert "compose 2.21 or newer" in str(refused.value)


def test_both_versions_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _docker(tmp_path, 'case "$1" in info) echo 28.0.1;; *) echo 2.39.0;; esac', monkeypatch)
    assert engine.versions() == "engine 28.0.1, compose 2.39.0"


def test_work_beside_the_main_thread_ends_when_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trickle, "_EVERY", 3600.0)
    nowhere = Elsewhere("http://127.0.0.1:9", "http://127.0.0.1:9")
    referring, unrest = Trickle(nowhere), Unrest({}, [Blow("intake", "kill", 0.0, calm=3600.0)], lambda _: None)
    for thread in (referring, unrest):
        thread.start()
    referring.end()
    unrest.cut_short()
    assert not referring.is_alive()
    assert not unrest.is_alive()
    assert referring.acknowledged == 0
    assert unrest.recoveries == []
