"""In whatever order events arrive, and however often, reporting comes to the same counts (design, section 4)."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from chassis.testing import Harness
from contracts.intake import ParticipantsLinked, ReferralReceived
from services.reporting.answers import key_of
from services.reporting.domain import DIMENSIONS
from services.reporting.store import ReportingStore
from tests.integration.reporting.conftest import empty
from tests.integration.reporting.histories import History, expected, histories, name
from tests.support.orders import in_batches, interleave
from tests.support.publishers import Publishers

COUNTS = ["persons"]
COUNTS += [f"referrals_{state}" for state in ("in_triage", "accepted", "rejected", "withdrawn", "overdue")]
COUNTS += [
    f"needs_{state}"
    for state in ("in_triage", "rejected", "withdrawn", "matching", "waiting", "unplaced", "held", "placed", "ended")
]
SUBSETS = [(), *((dimension,) for dimension in DIMENSIONS), ("municipality", "kind"), ("month", "library"), DIMENSIONS]


def counted(harness: Harness, by: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, int]]:
    with harness.unit() as unit:
        rows: list[dict[str, Any]] = harness.service(unit).store.aggregates(by=by, limit=1000)
    return {key_of(row): {name: int(row[name]) for name in COUNTS} for row in rows}


def counts_hold(harness: Harness) -> bool:
    """Whether counting everything from the start comes to what was counted step by step."""
    cells = (
        "select * from cell where referrals_in_triage + referrals_accepted + referrals_rejected "
        "+ referrals_withdrawn > 0 order by 1, 2, 3, 4, 5"
    )
    before = harness.rows(cells)
    harness.rows("truncate cell, counted; insert into recount (referral_id) select referral_id from referral")
    harness.tick("count-again")
    return harness.rows(cells) == before


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
    assert counts_hold(kept_reporting)
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


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories(), chance=st.randoms(use_true_random=False))
def test_receipts_know_what_is_missing(kept_reporting: Harness, history: History, chance: Random) -> None:
    """Whatever part of a history was heard, in whatever order."""
    empty(kept_reporting)
    part = [event for event in history.told if chance.random() < 0.7]
    for batch in in_batches(interleave(part, chance, keep_order=False), chance):
        kept_reporting.deliver(batch)
    heard: dict[tuple[str, str], set[int]] = defaultdict(set)
    for event in part:
        heard[event.source, event.subject].add(event.sequence)
    found = kept_reporting.rows("select source, subject, contiguous_to, beyond from flow_receipt")
    assert {(row["source"], row["subject"]): _all_of(row) for row in found} == heard


def test_facts_that_come_during_a_count_are_counted_whole_by_the_next(reporting: Harness) -> None:
    """A link between two persons is committed after it was asked whose counts can change, and before they are made."""
    world = Publishers()
    for number in range(2):
        world.tell(
            ReferralReceived, referral_id=name(f"referral {number}"), participant_id=name(f"person {number}"),
            partner_id=name("partner"), library_id=name(f"library {number}"), received_at=world.now, triage_reasons=[],
            needs=[{"need_id": name(f"need {number}"), "goal": "speaking", "kind": "language-group"}],
        )  # fmt: skip
    reporting.deliver(world.told)
    reporting.tick("count-again")
    link = world.tell(
        ParticipantsLinked, participant_id=name("person 1"), same_as=name("person 0"), library_id=name("library 0")
    )
    reporting.rows("insert into recount (referral_id) values (%s)", name("referral 1"))

    class Interrupted(ReportingStore):
        def write(self, query: str, **params: Any) -> None:
            if query == "uncount":
                reporting.deliver([link])
            super().write(query, **params)

    with reporting.unit() as unit:
        Interrupted(unit).count_again(100)
    assert persons(reporting) == 2
    reporting.tick("count-again")
    assert persons(reporting) == 1
    assert counts_hold(reporting)


def persons(harness: Harness) -> int:
    ((_, counts),) = counted(harness, ()).items()
    return counts["persons"]


def _all_of(row: dict[str, Any]) -> set[int]:
    assert row["contiguous_to"] + 1 not in row["beyond"]
    assert sorted(set(row["beyond"])) == row["beyond"]
    return {*range(1, row["contiguous_to"] + 1), *row["beyond"]}
