"""The most telling faults, one short round each, on one platform. `make faults` plays all of them, longer."""

from __future__ import annotations

import pytest

from tests.faults.catalogue import FAULTS
from tests.faults.harness.rounds import BRIEF, play
from tests.faults.harness.stage import Stage

TELLING = ["consumer-before-ack"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", TELLING)
def test_nothing_is_lost_or_doubled(stage: Stage, name: str) -> None:
    """How long it takes is measured by `make faults`, on a machine that does nothing else."""
    account = play(FAULTS[name], stage, seed=7, turn=TELLING.index(name), pace=BRIEF, say=print)
    assert (account.lost, account.duplicated, account.unexpected) == ([], [], [])
    assert account.ok == account.acknowledged == account.attempted > 0
