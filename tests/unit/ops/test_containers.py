"""The proof in containers: what is dealt to whom, how clients go on, and what is said where no engine runs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from contracts.catalogue import SERVICES as SERVICE_NAMES
from infra.containers import environment
from ops.containers import cages, engine, persisting, trickle, visiting, walls
from ops.containers.persisting import persistently
from ops.containers.trickle import Trickle
from ops.containers.unrest import Blow, Unrest, plan
from ops.place import Elsewhere
from ops.trouble import UNREACHABLE, Trouble, Unreachable

SERVICES = ["intake", "postgres", "gateway", "intake-relay"]
BLOWS_A_ROUND = Counter([*SERVICES, "postgres"])


def test_each_container_is_hit_once_a_round_in_an_order_of_the_seed() -> None:
    blows = list(plan(SERVICES, 2, seed=7))
    assert Counter(blow.service for blow in blows[: BLOWS_A_ROUND.total()]) == BLOWS_A_ROUND
    assert Counter(blow.service for blow in blows) == BLOWS_A_ROUND + BLOWS_A_ROUND
    assert blows == list(plan(list(reversed(SERVICES)), 2, seed=7))
    assert blows != list(plan(SERVICES, 2, seed=8))
    assert {blow.how for blow in plan(["intake"], 10, seed=7)} == {"restart", "kill"}


def test_what_others_connect_to_also_comes_back_at_another_address() -> None:
    blows = list(plan([*SERVICES, "rabbitmq"], 2, seed=7))
    assert Counter(blow.service for blow in blows if blow.how == "move") == {"rabbitmq": 2, "postgres": 2}
    assert Counter(blow.service for blow in blows)["rabbitmq"] == 4


def test_a_client_repeats_until_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persisting, "_PAUSE", 0.0)
    answers = iter([Unreachable("away"), Unreachable("away"), Trouble("not ready"), 42])
    told: list[str] = []

    def ask() -> int:
        answer = next(answers)
        if isinstance(answer, Trouble):
            raise answer
        return answer

    assert persistently(ask, tell=told.append) == 42
    assert told == ["not yet: away", "not yet: not ready"]


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


def _status(name: str, pid: int, parent: int) -> str:
    return f"Name:\t{name}\nUmask:\t0022\nPid:\t{pid}\nPPid:\t{parent}\nUid:\t100\t100\t100\t100\n"


def test_whose_rights_are_looked_at_is_who_the_container_started_itself() -> None:
    seen = [
        _status("python", 1, 0), _status("worker", 7, 1), _status("child", 12, 7),
        _status("sh", 30, 0), _status("cat", 31, 30),
    ]  # fmt: skip
    found = cages.family("".join(seen))
    assert [one["Name"] for one in found] == ["python", "worker", "child"]
    assert found[0]["Uid"].split() == ["100"] * 4


SIGN_IN = """<a class="skip" href="#main">Over</a><form method="post" action="/intake/language">
<input type="hidden" name="language" value="en"><button>English</button></form>
<a href="/intake/sign-in/demo?next=%2Fintake">Inloggen met de demo</a>"""


def test_a_visitor_finds_the_links_and_the_forms_of_a_page() -> None:
    read = visiting.Reader(SIGN_IN)
    assert read.links == ["#main", "/intake/sign-in/demo?next=%2Fintake"]
    assert read.forms == {"/intake/language": {"language": "en"}}


def test_the_secrets_of_an_installation_are_told_by_their_names(tmp_path: Path) -> None:
    file = tmp_path / "env"
    environment.write(file, environment.rendered(demo=True))
    found = environment.secrets_in(file)
    assert len(found) == len(set(found)) == 4 + 2 * len(SERVICE_NAMES)
    assert {"POSTGRES_PASSWORD", "RABBITMQ_PASSWORD", "SESSION_KEY", "TOKEN_SIGNING_KEY"} < set(found)
    assert all(secret not in name for name in found for secret in environment.passwords(file).values())


def test_compose_that_goes_on_without_a_secret_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "env"
    environment.write(file, environment.rendered(demo=True))
    _docker(tmp_path, "exit 0", monkeypatch)
    with pytest.raises(walls.Open, match="goes on without POSTGRES_PASSWORD"):
        walls.without_a_secret(file)


def test_compose_that_names_what_lacks_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "env"
    environment.write(file, environment.rendered(demo=True))
    # The file with the settings is the fifth word: compose --project-name NAME --env-file FILE config --quiet
    _docker(tmp_path, "/bin/sed -n 's/^\\([A-Z_]*\\)=$/required variable \\1 is missing/p' $5 >&2; exit 1", monkeypatch)
    walls.without_a_secret(file)
