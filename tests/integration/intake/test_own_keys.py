"""Intake checks its own tokens, also when it has just started and everybody comes at once."""

from __future__ import annotations

from tests.support.intake_process import Intake, referral
from tests.support.issuer import Issuer


def test_it_gets_its_own_keys_though_all_its_places_are_taken(database: str, staff: Issuer) -> None:
    """Found by the fault `stopped-in-order`: requests held all places while they waited for keys that needed one."""
    with Intake(database, staff, HTTP_WORKERS="1") as intake:
        partner = intake.partner()
        token = partner.token()
        with intake.client(token) as client:
            answer = client.post("/referrals", json=referral())
        assert answer.status_code == 201, answer.text
