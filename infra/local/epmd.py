"""Erlang's port mapper (epmd) on a private port, apart from anybody else's, and stopped with what it serves."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path

from infra.local import programs
from infra.local.ports import HOST, answers
from infra.local.processes import Process, kill_tree, start, until, with_parent
from infra.local.state import State


class PortMapper:
    """Its port, `epmd_port`, and its process, `epmd`, are kept in the state of whose it is."""

    def __init__(self, state: State) -> None:
        self.state = state

    @property
    def port(self) -> int:
        return int(self.state.values["epmd_port"])

    @property
    def process(self) -> Process | None:
        """It, if it runs, from this start or an earlier one."""
        recorded = self.state.values.get("epmd")
        process = Process(*recorded) if recorded else None
        return process if process and process.alive else None

    def start(self, *, env: Mapping[str, str], cwd: Path, log: Path, outlive_us: bool = False) -> None:
        """Start it before a broker would start one that nobody stops."""
        if self.process is None:
            words = [] if outlive_us else with_parent(signal.SIGTERM)
            command = [*words, programs.epmd(), "-address", HOST, "-port", str(self.port)]
            epmd = start(command, env=env, cwd=cwd, log=log)
            self.state.save(epmd=[epmd.pid, epmd.born])
            until(lambda: answers(self.port), 10)

    def stop(self) -> None:
        """The brokers that it told of must be gone."""
        if process := self.process:
            kill_tree(process)
        self.state.save(epmd=None)
