"""The whole platform as its users run it: every process under the supervisor, on servers of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from contracts.catalogue import SERVICES
from infra.local.installation import IDENTITY_PROVIDER, MAIL_CATCHER, Installation
from infra.local.ports import free_port
from infra.local.processes import until
from infra.local.state import State
from ops.demo.loading import Loader
from ops.demo.memory import Memory
from ops.running import Running
from ops.target import Target
from ops.tokens import demo
from ops.trouble import Trouble


class Platform:
    """One installation that runs in `var`."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.running = Running(var)
        self.target = Target({"MEEDOEN_VAR": str(var)})
        self.memory = Memory(var)

    @property
    def at(self) -> Installation:
        return Installation(self.var, {})

    def load_demo(self) -> None:
        loader = Loader(self.at, demo(), self.memory)
        if loader.needed():
            list(loader.load())

    def rows(self) -> dict[str, dict[str, Any]]:
        """What the supervisor says, by name of process."""
        facts = self.running.book.running()
        assert facts is not None, "the supervisor is gone"
        return {row["name"]: row for row in facts["processes"]}

    def kill(self, name: str) -> int:
        """kill -9 one process; how often it had been restarted before."""
        row = self.rows()[name]
        os.kill(row["pid"], signal.SIGKILL)
        return int(row["restarts"])

    def is_back(self, name: str, restarts: int) -> bool:
        row = self.rows()[name]
        return row["state"] == "ready" and row["restarts"] > restarts

    def all_ready(self) -> bool:
        return all(row["state"] == "ready" for row in self.rows().values())


def persist(act: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Do it until it works: a process may be away for a moment, and its callers try again."""
    found: list[Any] = []
    said: list[Trouble] = []

    def works() -> bool:
        try:
            found.append(act())
        except Trouble as problem:
            said.append(problem)
        return bool(found)

    assert until(works, seconds, every=0.3), f"not within {seconds} s: {said[-1]}"
    return found[0]


P = TypeVar("P", bound=Platform)


def _take_ports(var: Path) -> None:
    """Any ports but the usual ones: those a second installation that starts meanwhile may take as well, and share."""
    names = (*SERVICES, *(f"{service}-relay" for service in SERVICES), IDENTITY_PROVIDER, MAIL_CATCHER)
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    ports: dict[str, int] = {}
    for name in names:
        ports[name] = free_port(set(ports.values()))
    State(var / "installation.json").save(ports=ports)


@contextmanager
def running_platform(var: Path, kind: type[P] = Platform) -> Iterator[P]:  # type: ignore[assignment]
    """The platform, started with nothing in it, and stopped at the end."""
    before = {name: os.environ.pop(name, None) for name in ("DATABASE_URL", "AMQP_URI")}
    platform = kind(var)
    _take_ports(var)
    try:
        platform.running.start(lambda _: None)
        yield platform
    finally:
        platform.running.stop(lambda _: None)
        os.environ.update({name: value for name, value in before.items() if value is not None})
