"""In whatever order events arrive, and however often, reporting comes to the same counts (design, section 4)."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from chassis.testing import Harness
from services.reporting.answers import key_of
from services.reporting.domain import DIMENSIONS
from tests.integration.reporting.conftest import empty
from tests.integration.reporting.histories import History, expected, histories
from tests.support.orders import in_batches, interleave

COUNTS = ["persons"]
COUNTS += [f"referrals_{state}" for state in ("in_triage", "accepted", "rejected")]
COUNTS += [
    f"needs_{state}"
    for state in ("in_triage", "rejected", "matching", "waiting", "unplaced", "held", "placed", "ended")
]
SUBSETS = [(), *((dimension,) for dimension in DIMENSIONS), ("municipality", "kind"), ("month", "library"), DIMENSIONS]


def counted(harness: Harness, by: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, int]]:
    with harness.unit() as unit:
        rows: list[dict[str, Any]] = harness.service(unit).store.aggregates(by=by, limit=1000)
    return {key_of(row): {name: int(row[name]) for name in COUNTS} for row in rows}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories(), chance=st.randoms(use_true_random=False), keep_order=st.booleans())
def test_any_order_comes_to_the_same_counts(
    kept_reporting: Harness, history: History, chance: Random, keep_order: bool
) -> None:
    """Also without the order that delivery keeps: each fact knows by itself which event is the latest."""
    empty(kept_reporting)
    for batch in in_batches(interleave(history.told, chance, keep_order=keep_order), chance):
        outcome = kept_reporting.deliver(batch)
        assert not outcome.deferred
        assert not outcome.parked
        if chance.random() < 0.3:
            kept_reporting.tick("count-again")
    kept_reporting.tick("count-again")
    for by in SUBSETS:
        note(f"by {by}")
        assert counted(kept_reporting, by) == expected(history.needs, by)
    assert kept_reporting.rows("select * from flow_receipt where beyond <> '{}'") == []
    heads = {(event.source, event.subject): event.sequence for event in history.told}
    receipts = kept_reporting.rows("select source, subject, contiguous_to from flow_receipt")
    assert {(row["source"], row["subject"]): row["contiguous_to"] for row in receipts} == heads


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories(), chance=st.randoms(use_true_random=False))
def test_repetitions_change_nothing_even_without_the_inbox(
    kept_reporting: Harness, history: History, chance: Random
) -> None:
    """The inbox absorbs what comes twice; facts would too, as after a restored backup that lost the inbox's rows."""
    empty(kept_reporting)
    for _ in range(2):
        for batch in in_batches(interleave(history.told, chance, keep_order=True), chance):
            kept_reporting.deliver(batch)
        kept_reporting.tick("count-again")
        kept_reporting.rows("truncate chassis.inbox")
    for by in SUBSETS:
        assert counted(kept_reporting, by) == expected(history.needs, by)
