"""Own references of referrals from before they could be looked for become findable, in small steps, once."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.testing import Harness
from services.intake import references
from services.intake.vault import Vault
from tests.support.intake_desk import Desk
from tests.support.intake_process import referral


@pytest.fixture
def desk(harness: Harness) -> Desk:
    return Desk(harness)


def indexes(desk: Desk) -> dict[str, Any]:
    rows = desk.harness.rows("select referral_id, reference_index from intake.referral")
    return {row["referral_id"]: row["reference_index"] and bytes(row["reference_index"]) for row in rows}


def grow_old(desk: Desk) -> dict[str, Any]:
    """As they would be from before; what they were."""
    before = indexes(desk)
    desk.harness.rows("update intake.referral set reference_index = null returning 1")
    return before


def walk(desk: Desk) -> int:
    """Let the timer come until there is no more; how often."""
    return desk.harness.tick("index-references")


def test_each_gets_the_index_that_it_would_have_got_and_none_where_there_is_none(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "AT_A_TIME", 2)
    made = [one.referral_id for one in desk.refer(*(referral(reference=f"DOS-{n}") for n in range(4)))]
    made += [desk.refer(referral(reference=None))[0].referral_id]
    before = grow_old(desk)
    assert [before[one] is not None for one in made] == [True] * 4 + [False]
    assert walk(desk) == 3
    assert indexes(desk) == before


def test_it_is_done_once(desk: Desk) -> None:
    desk.refer()
    walk(desk)
    grow_old(desk)
    assert walk(desk) == 1
    assert set(indexes(desk).values()) == {None}


def test_what_cannot_be_read_holds_up_nobody(desk: Desk) -> None:
    """As of somebody who was erased."""
    first, second = (one.referral_id for one in desk.refer(referral(reference="DOS-1"), referral(reference="DOS-2")))
    before = grow_old(desk)
    desk.harness.rows("update intake.referral set sealed = '\\x00' where referral_id = %s returning 1", first)
    walk(desk)
    assert indexes(desk) == {first: None, second: before[second]}


def test_what_nobody_foresaw_of_one_holds_up_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (one.referral_id for one in desk.refer(referral(reference="DOS-1"), referral(reference="DOS-2")))
    before = grow_old(desk)
    usual = Vault.reference_index

    def failing(vault: Vault, partner_id: str, reference: str) -> bytes:
        if reference == "DOS-1":
            raise TypeError("not a text")
        return usual(vault, partner_id, reference)

    monkeypatch.setattr(Vault, "reference_index", failing)
    walk(desk)
    assert indexes(desk) == {first: None, second: before[second]}
