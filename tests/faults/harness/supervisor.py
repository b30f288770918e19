"""`python -m tests.faults.harness.supervisor VAR`: the real supervisor, that also does what faults ask of processes.

Each death counts as the first one: in life days lie between two of them, here seconds.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from infra.local.installation import Installation
from ops.supervisor.__main__ import main
from ops.supervisor.plan import Plan
from ops.supervisor.program import Program
from tests.faults.harness.orders import Orders


class HeedingPlan(Plan):
    """All programs of the installation, each heeding the orders it is given."""

    def __init__(self, at: Installation) -> None:
        super().__init__(at)
        self._orders = Orders(at.var)

    def programs(self) -> list[Program]:
        """As the installation plans them, but for the orders."""
        return [_heeding(program, self._orders) for program in super().programs()]


def _heeding(program: Program, orders: Orders) -> Program:
    def prepare() -> None:
        orders.check(program.name)
        program.prepare()

    return replace(
        program,
        prepare=prepare,
        environment=lambda: program.environment() | dict(orders.settings(program.name)),
        pauses=program.pauses[:1],
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], HeedingPlan))
