"""17. All other faults, one after the other as chance has it, under one long load."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Final

from ops.console import err
from ops.finding import Finding
from tests.faults.harness.fault import Apart, Fault
from tests.faults.harness.load import Load

_MINUTES: Final = float(os.environ.get("SOAK_MINUTES", "4"))
_WELL_S: Final = 120.0
_BREATH_S: Final = (0.0, 8.0)
"""Seconds between the end of one fault and the next: now and then the flow is not back yet when it is hit again."""


class Soak(Fault):
    """What happened, in its order, is shown as it goes, and comes again from the same seed.

    Each fault is judged by the accounts alone: what it says of the moment that it must hit does not hold among others.
    """

    number = 17
    once = True
    rate = 8.0
    name = "soak"
    what = f"for {_MINUTES:g} minutes one fault after the other, chosen at random among all that need one RabbitMQ node"

    def prepare(self) -> None:
        from tests.faults.catalogue import FAULTS  # which knows this one too

        self._kinds = [one for one in FAULTS.values() if _fits(one)]
        self._played: list[Fault] = []
        self._ended: list[str] = []
        self.victims = set(self.stage.restarts())

    def strike(self, load: Load) -> None:
        ends_at = time.monotonic() + 60 * _MINUTES
        while time.monotonic() < ends_at:
            fault = self.chance.choice(self._kinds)(self.stage, self.chance, self.chance.randrange(8))
            self._played.append(fault)
            err.print(f"  {len(load.acknowledged)} acknowledged; {fault.name} ({fault.turn})")
            fault.prepare()
            self.stage.is_well()
            before = self.stage.restarts()
            fault.strike(load)
            self.stage.is_well(_WELL_S)
            load.goes_on(5)
            restarts = self.stage.restarts()
            self._ended += [
                f"{name} ended during {fault.name}"
                for name in restarts
                if restarts[name] > before[name] and name not in fault.victims
            ]
            fault.clean_up()
            self.stage.is_well(_WELL_S)
            time.sleep(self.chance.uniform(*_BREATH_S))

    def wrong(self, load: Load) -> Iterable[str]:
        yield from self._ended
        if not self._played:
            yield "nothing happened"

    def foresees(self, finding: Finding) -> bool:
        return any(fault.foresees(finding) for fault in self._played)


def _fits(kind: type[Fault]) -> bool:
    return kind.broker_nodes == 1 and not issubclass(kind, Apart | Soak)
