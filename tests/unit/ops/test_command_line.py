"""What every command promises: help with an example, documented exit codes, a kind sentence instead of a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer.main

from ops.main import app, main

TREE = typer.main.get_command(app)


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inner = getattr(command, "commands", None)
    if not inner:
        yield path
        return
    for name, below in inner.items():
        yield from _commands(below, (*path, name))


COMMANDS = sorted(_commands(TREE))
SPEAKING = [path for path in COMMANDS if path not in {("up",), ("demo",)}]
"""Commands that answer something; the other two run until they are stopped or done."""
MINIMAL = {
    ("token",): ["--role", "coordinator"],
    ("replay",): ["--from", "intake", "--since", "2026-10-01T00:00:00Z"],
    ("library", "terms"): ["Bibliotheek", "--contact-within-days", "3"],
    ("library", "add"): ["Bibliotheek", "--mailbox", "a@example.org", "-m", "Borne"],
    ("partner", "add"): ["Partner"],
    ("partner", "change"): ["Partner", "--suspend"],
    ("partner", "rotate-secret"): ["Partner"],
    ("partner", "show"): ["Partner"],
    ("partner", "revoke"): ["Partner"],
    ("staff", "assign"): ["sanne@example.org", "--role", "coordinator"],
    ("staff", "take-out"): ["sanne@example.org"],
    ("parked", "show"): ["0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c11"],
    ("parked", "replay"): ["0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c11"],
    ("parked", "discard"): ["0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c11", "--reason", "made up"],
    ("partitions", "set"): ["activities", "2"],
    ("tail",): ["--seconds", "1"],
}


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEEDOEN_VAR", str(tmp_path / "var"))
    for name in ("MEEDOEN_URL", "MEEDOEN_TOKEN", "MEEDOEN_AMQP_URI", "DATABASE_URL", "AMQP_URI"):
        monkeypatch.delenv(name, raising=False)


def _ran(capsys: pytest.CaptureFixture[str], words: Sequence[str]) -> tuple[int, str, str]:
    code = main(words)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_all_commands_of_the_issue_are_there() -> None:
    names = {" ".join(path) for path in COMMANDS}
    assert names == {
        "up", "demo", "status", "doctor", "token", "tail", "replay", "audit", "library add", "library terms",
        "library list", "partner add", "partner change", "partner list", "partner revoke", "partner rotate-secret",
        "partner show", "staff list", "staff assign", "staff take-out",
        "parked list", "parked show", "parked replay", "parked discard", "partitions show",
        "partitions set",
    }  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_says_what_with_an_example_and_exit_codes(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, _ = _ran(capsys, [*path, "--help"])
    assert code == 0
    assert "Example: m" in said
    assert "Exit codes: 0 all is well" in said


@pytest.mark.parametrize("path", SPEAKING, ids=" ".join)
def test_offers_json(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    _, said, _ = _ran(capsys, [*path, "--help"])
    assert "--json" in said


@pytest.mark.parametrize("path", [path for path in SPEAKING if path != ("doctor",)], ids=" ".join)
def test_says_kindly_that_nothing_runs(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, said, complained = _ran(capsys, [*path, *MINIMAL.get(path, [])])
    assert code == 3
    assert said == ""
    assert complained.startswith("Nothing runs here. Start it with `make up`")
    assert "Traceback" not in complained


def test_doctor_finds_that_nothing_runs_and_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = _ran(capsys, ["doctor", "--json"])
    assert code == 1
    found = {one["what"]: one for one in json.loads(said)}
    assert found["running"]["ok"] is False
    assert found["running"]["do"] == "Start it: make up"
    assert found["Python"]["ok"] is True


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nonsense"], "No such command"),
        (["library", "add"], "Missing argument"),
        (["library", "add", "X", "--mailbox", "a@example.org", "-m", "Atlantis"], "There is no municipality"),
        (["library", "add", "X", "--mailbox", "a@example.org", "-m", "Borne", "-k", "yoga"], "There is no kind"),
        (["parked", "list", "--service", "nowhere"], "is no service"),
        (["parked", "replay"], "Give the id of one event, or --all"),
        (["replay", "--from", "intake"], "Say which with --subject"),
        (["replay", "--from", "intake", "--since", "yesterday"], "is no moment"),
        (["replay", "--from", "intake", "--since", "2026-10-01T00:00:00"], "has no zone"),
        (["replay", "--from", "intake", "--subject", "foo"], "“foo” is no subject"),
        (["replay", "--from", "intake", "--subject", "need/xx"], "“need/xx” is no subject"),
        (["replay", "--from", "intak"], "There is no service “intak”"),
        (["library", "terms", "Bibliotheek"], "Say what to change"),
        (["library", "terms", "X", "--closed", "kerst"], "no closing time"),
        (["library", "terms", "X", "--closed", "2026-12-25", "--never-closed"], "one of the two"),
        (["library", "add", " ", "--mailbox", "a@example.org", "-m", "Borne"], "Give it a name"),
        (["partner", "add", ""], "Give it a name"),
        (["partner", "change", "X"], "Say what to change"),
        (["partner", "change", "X", "-m", "Borne", "--everywhere"], "one of the two"),
        (["partitions", "set", "activities", "3"], "3 partitions cannot share 16 slots out evenly"),
        (["partitions", "set", "activitie", "2"], "There is no service “activitie”"),
        (["partitions", "show", "activitie"], "There is no service “activitie”"),
        (["tail", "--type", "nonsense"], "Nobody tells"),
        (["audit", "--wait", "-1"], "Invalid value"),
        (["tail", "--count", "0"], "Invalid value"),
    ],
)
def test_wrong_use_is_exit_code_2_with_the_reason(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEEDOEN_URL", "http://127.0.0.1:9")  # so that "nothing runs here" is not said first
    monkeypatch.setenv("MEEDOEN_TOKEN", "a.b.c")
    code, _, complained = _ran(capsys, words)
    assert code == 2
    assert complaint in complained


def test_elsewhere_needs_a_token(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEEDOEN_URL", "http://127.0.0.1:9")
    code, _, complained = _ran(capsys, ["library", "list"])
    assert code == 4
    assert "MEEDOEN_TOKEN" in complained


def test_elsewhere_that_does_not_answer_is_exit_code_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEEDOEN_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("MEEDOEN_TOKEN", "a.b.c")
    code, _, complained = _ran(capsys, ["library", "list"])
    assert code == 3
    assert "does not answer" in complained


def test_an_installation_elsewhere_is_not_started(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEEDOEN_URL", "http://127.0.0.1:9")
    code, _, complained = _ran(capsys, ["up"])
    assert code == 2
    assert "local installation only" in complained


def test_runs_as_a_program_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops.main", "status"], capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "MEEDOEN_VAR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.strip() == ("Nothing runs here. Start it with `make up`.")
