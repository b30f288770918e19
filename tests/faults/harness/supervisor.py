"""`python -m tests.faults.harness.supervisor VAR`: the real supervisor, that also does what faults ask of processes.

Each death counts as the first one: in life days lie between two of them, here seconds.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from infra.local.installation import Installation
from ops.supervisor.__main__ import main
from ops.supervisor.plan import programs_of
from ops.supervisor.program import Program
from tests.faults.harness.orders import Orders


def programs(at: Installation) -> list[Program]:
    """All programs of the installation, each heeding the orders it is given."""
    orders = Orders(at.var)
    return [_heeding(program, orders) for program in programs_of(at)]


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
    sys.exit(main(sys.argv[1:], programs))
