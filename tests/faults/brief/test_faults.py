"""The most telling faults, one short round each, on one platform. `make faults` plays all of them, longer."""

from __future__ import annotations

import pytest

from tests.faults.f05_database_away import PowerCut
from tests.faults.harness.fault import Again, Fault
from tests.faults.harness.load import Load
from tests.faults.harness.rounds import BRIEF, play
from tests.faults.harness.stage import Stage


class WorstMoments(Fault):
    """A consumer, a relay and intake are killed in one load, each in its worst moment: the faults 1, 2 and 3."""

    number = 1
    name = "worst-moments"
    what = "consumer, relay and intake killed, each in its worst moment"
    again = Again.MUST

    def prepare(self) -> None:
        self.arm(
            ("activities", "inbox-after-commit", 3, 12),
            ("activities-relay", "relay-after-confirm", 3, 12),
            ("intake", "http-after-commit", 8, 20),
        )

    def strike(self, load: Load) -> None:
        self.falls()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("fault", [WorstMoments, PowerCut], ids=lambda fault: fault.name)
def test_nothing_is_lost_or_doubled(stage: Stage, fault: type[Fault]) -> None:
    """How long it takes is measured by `make faults`: this suite runs beside other work."""
    account = play(fault, stage, seed=7, turn=0, pace=BRIEF, say=print)
    assert (account.lost, account.duplicated, account.unexpected) == ([], [], [])
    assert account.ok == account.acknowledged == account.attempted > 0
