"""10. SIGTERM under load, as a deployment sends it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from contracts.catalogue import SERVICES
from tests.faults.harness.fault import Again, Fault
from tests.faults.harness.load import Load

_GRACE_S: Final = 30.0
"""Within these seconds a process must be gone; the supervisor kills after 35."""


class RollingRestart(Fault):
    """Service after service, each with its relay, is stopped in order and started again."""

    number = 10
    name = "stopped-in-order"
    what = "every service and relay stopped in order (SIGTERM), one service after another"
    again = Again.NEVER

    def strike(self, load: Load) -> None:
        self.problems: list[str] = []
        services = list(SERVICES)
        self.chance.shuffle(services)
        for service in services:
            pair = (service, f"{service}-relay")
            self.victims |= {*pair}
            before = {name: self.stage.terminate(name) for name in pair}
            begun = time.monotonic()
            for name, restarts in before.items():
                self.stage.dies(name, restarts)
                if (took := time.monotonic() - begun) > _GRACE_S:
                    self.problems.append(f"{name} took {took:.0f} s to stop")
                if (code := self.stage.rows()[name]["lastExit"]) != 0:
                    self.problems.append(f"{name} left with {code}")
            for name, restarts in before.items():
                self.stage.comes_back(name, restarts)

    def wrong(self, load: Load) -> Iterable[str]:
        return self.problems
