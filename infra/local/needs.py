"""Which programs each purpose needs, and how people get them. Only the standard library."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from infra.local import programs


@dataclass(frozen=True)
class Need:
    """A program: its name for people, its Debian packages, and whether it is there."""

    name: str
    debian: tuple[str, ...]
    there: Callable[[], bool]
    instead: str | None = None
    """A setting that names a server elsewhere, which makes this program unnecessary."""


def _postgres() -> bool:
    return _found(lambda: programs.postgres("initdb"))


def _rabbitmq() -> bool:
    return _found(lambda: programs.rabbitmq("rabbitmq-server")) and _found(programs.epmd)


def _found(find: Callable[[], str]) -> bool:
    try:
        find()
    except programs.MissingProgram:
        return False
    return True


def _venv() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


def _unshare() -> bool:
    return os.geteuid() != 0 or shutil.which("unshare") is not None


def _node() -> bool:
    return shutil.which("node") is not None and shutil.which("npm") is not None


_VENV = Need("Python's venv module", ("python3-venv",), _venv)
_UNSHARE = Need("unshare (util-linux)", ("util-linux",), _unshare)
_POSTGRES = Need("PostgreSQL 15 or newer", ("postgresql",), _postgres, "DATABASE_URL")
_RABBITMQ = Need("RabbitMQ 3.10 or newer", ("rabbitmq-server",), _rabbitmq, "AMQP_URI")
_NODE = Need("Node.js and npm", ("nodejs", "npm"), _node)

NEEDS: dict[str, tuple[Need, ...]] = {
    "run": (_VENV, _UNSHARE, _POSTGRES, _RABBITMQ),
    "test": (_VENV, _UNSHARE, _POSTGRES, _RABBITMQ),
    "lint": (_VENV, _NODE),
    "env": (_VENV,),
}


def missing(purpose: str, environment: Mapping[str, str]) -> list[Need]:
    """What this purpose needs and is not here. Tests need both servers' programs always: they stop and kill them."""
    named = {name for name in ("DATABASE_URL", "AMQP_URI") if environment.get(name)} if purpose == "run" else set()
    return [need for need in NEEDS[purpose] if need.instead not in named and not need.there()]


def explain(needs: Iterable[Need]) -> str:
    """One message for people: what is missing here and the ways to get it."""
    needs = list(needs)
    packages = " ".join(package for need in needs for package in need.debian)
    lines = [
        f"Missing here: {', '.join(need.name for need in needs)}.",
        f"  On Debian or Ubuntu:  sudo apt-get install {packages}",
        "                        (or run this command as root: it installs them without starting their servers)",
        "  Elsewhere:            install them with your system's packages, so that they are in PATH",
    ]
    settings = [f"{need.instead}=…" for need in needs if need.instead]
    if settings:
        lines.append(f"  Or name servers that you may use:  {' '.join(settings)}  (nothing is installed then)")
    lines.append(f"Python here: {sys.executable}")
    return "\n".join(lines)
