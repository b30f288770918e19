"""Finds the programs that a local installation runs: PostgreSQL's and RabbitMQ's, wherever a system keeps them.

Only the standard library, so that it can be asked before anything is installed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

_POSTGRES_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/opt/homebrew/bin",
    "/usr/local/pgsql/bin",
)
_RABBITMQ_PLACES = (
    "/usr/lib/rabbitmq/bin",
    "/opt/rabbitmq/sbin",
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
)
_EPMD_PLACES = ("/usr/lib/erlang/bin", "/usr/lib/erlang/erts-*/bin", "/opt/homebrew/bin", "/usr/local/bin")


class MissingProgram(Exception):
    """A program is not installed here; the message says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not installed here, or not where we look")
        self.name = name


def postgres(name: str) -> str:
    """One of PostgreSQL's own programs (`initdb`, `postgres`), of the newest version that is complete."""
    for folder in _newest_first(_POSTGRES_PLACES):
        if all(_runs(folder / each) for each in ("initdb", "postgres")):
            return str(folder / name)
    if all(shutil.which(each) for each in ("initdb", "postgres")):
        return str(shutil.which(name))
    raise MissingProgram("PostgreSQL")


def rabbitmq(name: str) -> str:
    """One of RabbitMQ's own scripts. Never Debian's wrappers in PATH: those change user and drop our settings."""
    for folder in _newest_first(_RABBITMQ_PLACES):
        if _runs(folder / name):
            return str(folder / name)
    found = shutil.which(name)
    if found is None or "rabbitmq-script-wrapper" in str(Path(found).resolve()):
        raise MissingProgram("RabbitMQ")
    return found


def epmd() -> str:
    """Erlang's port mapper, which RabbitMQ needs beside it."""
    for folder in _newest_first(_EPMD_PLACES):
        if _runs(folder / "epmd"):
            return str(folder / "epmd")
    found = shutil.which("epmd")
    if found is None:
        raise MissingProgram("Erlang (epmd)")
    return found


def _newest_first(patterns: Iterable[str]) -> list[Path]:
    found = [path for pattern in patterns for path in Path("/").glob(pattern.lstrip("/")) if path.is_dir()]
    return sorted(found, key=_version, reverse=True)


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", str(path)))


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
