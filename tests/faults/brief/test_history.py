"""What the platform of these tests told comes to the same state in any order. `make faults` does it with more."""

from __future__ import annotations

from random import Random

import pytest

from tests.faults.f14_any_order import history, make_history, told_again
from tests.faults.harness.stage import Stage
from tests.support.histories import HEARERS


@pytest.mark.timeout(300)
def test_services_that_hear_it_anew_come_to_the_same_state(stage: Stage) -> None:
    chance = Random(7)
    make_history(stage, chance, referrals=40)
    told = history(stage)
    for service in HEARERS:
        heard, repeated, differs = told_again(stage, service, told, chance)
        assert differs == []
        assert heard > 50
        assert repeated > 10
