"""Each service answers as its description says, whatever is asked of it. `make faults` asks more, as every role.

Its name has it run last: what is registered here is in nobody's accounts.
"""

from __future__ import annotations

import pytest

from tests.faults.f15_described import token
from tests.faults.harness.stage import Stage
from tests.support.described import QUICK, call


@pytest.mark.parametrize(
    ("service", "role"),
    [
        ("intake", "partner"),
        ("activities", "coordinator"),
        ("notifications", "coordinator"),
        ("reporting", "operations"),
    ],
)
def test_requests_made_of_its_description(stage: Stage, service: str, role: str) -> None:
    called = call(stage.at.url(service), token(stage, role), examples=3, seed=7, phases=QUICK)
    assert called.wrong == []
    assert called.operations > 10
    assert called.cases > 50
    stage.is_well()
