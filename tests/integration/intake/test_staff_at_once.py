"""Two at once about the same member of staff: nobody is known twice, and no sign-in fails for the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chassis.http import Conflict
from chassis.testing import Harness
from services.intake.identity_providers import providers
from services.intake.staff import Identity, Staff
from tests.support.intake_process import until

PROVIDER = providers(
    json.dumps([{"id": "p", "name": "P", "issuer": "https://login.example", "clientId": "c", "clientSecret": "s"}])
)[0]
EMAIL = "sanne@bibliotheek.example.org"
CLAIMS = {"sub": "s-1", "name": "Sanne", "email": EMAIL, "email_verified": True}
COORDINATOR: dict[str, Any] = {"roles": ["coordinator"], "library_ids": [], "municipalities": [], "partner_id": None}
Act = Callable[[Staff], object]


def sign_in(staff: Staff) -> frozenset[str]:
    return staff.sign_in(Identity(PROVIDER, CLAIMS, "token")).roles


def add(staff: Staff) -> object:
    return staff.add(PROVIDER.id, EMAIL, COORDINATOR)


def done(harness: Harness, act: Act, between: Callable[[], object] = lambda: None) -> object:
    """What came of it, in a transaction of its own; `between` happens before that is committed."""
    with harness.unit() as unit:
        service = harness.service(unit)
        found = act(Staff(service.store, service.vault))
        between()
        unit.commit()
    return found


def at_once(harness: Harness, first: Act, second: Act) -> object:
    """What came of the second, which began before the first was committed."""
    waits = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with ThreadPoolExecutor(1) as pool:
        begun: list[Any] = []

        def begin() -> None:
            begun.append(pool.submit(done, harness, second))
            until(lambda: begun[0].done() or harness.rows(waits), "the second waits or is done")

        done(harness, first, begin)
        return begun[0].result()


def known(harness: Harness) -> list[dict[str, Any]]:
    return harness.rows("select roles, person_index is not null as signed_in from intake.staff_member")


def test_somebody_new_signs_in_twice_at_once(harness: Harness) -> None:
    at_once(harness, sign_in, sign_in)
    assert known(harness) == [{"roles": [], "signed_in": True}]


def test_somebody_who_was_assigned_signs_in_twice_at_once(harness: Harness) -> None:
    done(harness, add)
    assert at_once(harness, sign_in, sign_in) == frozenset(COORDINATOR["roles"])
    assert known(harness) == [{"roles": ["coordinator"], "signed_in": True}]


def test_somebody_is_assigned_twice_at_once(harness: Harness) -> None:
    with pytest.raises(Conflict):
        at_once(harness, add, add)
    assert known(harness) == [{"roles": ["coordinator"], "signed_in": False}]


def test_somebody_signs_in_while_being_assigned(harness: Harness) -> None:
    assert at_once(harness, add, sign_in) == frozenset(COORDINATOR["roles"])
    assert known(harness) == [{"roles": ["coordinator"], "signed_in": True}]
