"""What commands say about what the services answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.main import main
from ops.target import Target

NEED = "need/6f0c0f5e-52f8-4c59-a5e5-0a40a0a5fd0c"


class Service:
    """A service that answers what was prepared for a method and a path, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, Any]] = []

    def post(self, path: str, body: Any = None) -> Any:
        return self._answer(f"POST {path}", body)

    def patch(self, path: str, body: Any) -> Any:
        return self._answer(f"PATCH {path}", body)

    def pages(self, path: str) -> Iterator[Any]:
        yield from self._answer(f"GET {path}", None)

    def _answer(self, request: str, body: Any) -> Any:
        self.asked.append((request, body))
        return self.answers[request]


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    found = Service()
    monkeypatch.setenv("MEEDOEN_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("MEEDOEN_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(Target, "operations", lambda *_: found)
    return found


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_nothing_to_tell_again_is_a_problem(service: Service, more: list[str]) -> None:
    service.answers["POST /replays"] = {"replayed": 0}
    assert main(["replay", "--from", "intake", "--subject", NEED, *more]) == 1


def test_nothing_to_tell_again_is_said_of_what(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["POST /replays"] = {"replayed": 0}
    main(["replay", "--from", "intake", "--subject", NEED.upper()])
    assert capsys.readouterr().err.strip() == f"intake has nothing to tell again about {NEED}."
    assert service.asked == [("POST /replays", {"subject": NEED})]


def test_told_again_is_counted(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["POST /replays"] = {"replayed": 3}
    assert main(["replay", "--from", "intake", "--subject", NEED]) == 0
    assert "3 events of intake are told again." in capsys.readouterr().out
