"""What a partner is answered at once, from memory, is what it reads a moment later from the database."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from chassis.identity import ANYONE
from chassis.testing import Harness
from services.intake import looking
from services.intake.access import Sight
from services.intake.domain.feedback import LEVELS
from tests.support.intake_desk import Desk
from tests.support.intake_process import referral

CHANGES: list[dict[str, Any]] = [
    {},
    {"reference": None, "remarks": None, "caseWorker": None},
    {"legalBasis": None, "informed": None},
    {"municipality": None},
    {"municipality": "GM0999"},
    {"householdKey": "F1", "needs": [{"goal": "not-known-yet"}]},
    {"features": ["women-only"], "explicitConsent": {"on": "2026-01-05", "how": "oral", "givenBy": "participant"}},
    {"features": ["women-only"]},
]
AGREED = [frozenset(some) for count in range(len(LEVELS) + 1) for some in itertools.combinations(LEVELS, count)]


@pytest.mark.parametrize("changed", CHANGES, ids=lambda changed: ",".join(changed) or "complete")
def test_the_answer_is_what_is_read_a_moment_later(harness: Harness, changed: dict[str, Any]) -> None:
    desk = Desk(harness)
    desk.refer()
    (made,) = desk.refer(referral(**changed))
    with harness.unit() as unit:
        service = harness.service(unit)
        partner = service.store.partner(desk.partner_id)
        row = service.store.referral(made.referral_id)
        assert row is not None
        assert {name: _plain(row[name]) for name in made.as_kept} == made.as_kept
        for agreed in AGREED:
            sight = Sight(partner, None, agreed)
            read = looking.referral(service.store, service.vault, sight, row, ANYONE)
            assert looking.received(service.vault, sight, made) == read


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
