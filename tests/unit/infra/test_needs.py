"""What is missing on a machine, and what people are told about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local import needs, programs


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any of the programs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for places in ("_POSTGRES_PLACES", "_RABBITMQ_PLACES", "_EPMD_PLACES"):
        monkeypatch.setattr(programs, places, ())
    return tmp_path


def _names(purpose: str, **environment: str) -> list[str]:
    return [need.name for need in needs.missing(purpose, environment)]


def _program(folder: Path, name: str, text: str = "#!/bin/sh\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_a_bare_machine_needs_both_servers(bare: Path) -> None:
    assert {"PostgreSQL 15 or newer", "RabbitMQ 3.10 or newer"} <= set(_names("run"))


def test_tests_alone_need_a_browser(bare: Path) -> None:
    assert "Chromium" in _names("test")
    assert "Chromium" not in _names("run")
    _program(bare, "chromium")
    assert "Chromium" not in _names("test")
    assert needs.browser() == str(bare / "chromium")


def test_named_servers_need_no_programs(bare: Path) -> None:
    named = {"DATABASE_URL": "postgresql://h/d", "AMQP_URI": "amqp://h/"}
    assert not {"PostgreSQL 15 or newer", "RabbitMQ 3.10 or newer"} & set(_names("run", **named))
    assert "RabbitMQ 3.10 or newer" in _names("run", DATABASE_URL="postgresql://h/d")


def test_tests_need_the_programs_always_because_they_kill_servers(bare: Path) -> None:
    named = {"DATABASE_URL": "postgresql://h/d", "AMQP_URI": "amqp://h/"}
    assert {"PostgreSQL 15 or newer", "RabbitMQ 3.10 or newer"} <= set(_names("test", **named))


def test_the_message_names_packages_and_the_way_without(bare: Path) -> None:
    said = needs.explain(needs.missing("run", {}))
    assert "sudo apt-get install" in said
    assert "postgresql rabbitmq-server" in said
    assert "DATABASE_URL=… AMQP_URI=…" in said


def test_finds_the_newest_postgres_that_is_complete(
    bare: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for version, names in {"9": ("initdb", "postgres"), "15": ("initdb", "postgres"), "17": ("psql",)}.items():
        for name in names:
            _program(tmp_path / "postgresql" / version / "bin", name)
    monkeypatch.setattr(programs, "_POSTGRES_PLACES", (f"{tmp_path}/postgresql/*/bin",))
    assert programs.postgres("initdb") == str(tmp_path / "postgresql" / "15" / "bin" / "initdb")


def test_never_takes_debians_wrapper_for_rabbitmq(bare: Path) -> None:
    wrapper = _program(bare / "lib", "rabbitmq-script-wrapper")
    (bare / "rabbitmq-server").symlink_to(wrapper)
    with pytest.raises(programs.MissingProgram):
        programs.rabbitmq("rabbitmq-server")


def test_takes_a_plain_rabbitmq_in_the_path(bare: Path) -> None:
    script = _program(bare, "rabbitmq-server")
    assert programs.rabbitmq("rabbitmq-server") == str(script)
