"""What an audit calls missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ops.auditing import Auditor, Report, undecided
from ops.comparing import KEPT, Comparison, missing
from ops.finding import Finding


def _receipt(last: int, *gaps: tuple[int, int]) -> dict[str, Any]:
    return {"lastSequence": last, "missing": [{"first": first, "last": end} for first, end in gaps]}


@pytest.mark.parametrize(
    ("heads", "heard", "found"),
    [
        ({"referral/1": 3}, {"referral/1": _receipt(3)}, []),
        ({"referral/1": 3}, {"referral/1": _receipt(3, (2, 2))}, ["reporting misses events 2 to 2"]),
        ({"referral/1": 3}, {"referral/1": _receipt(2)}, ["reporting heard up to 2 of 3 events"]),
        ({"referral/1": 3}, {}, ["reporting heard nothing of it, of 3 events"]),
        ({}, {"referral/1": _receipt(1)}, ["reporting heard of it, and the service does not know it"]),
        # Told meanwhile: what was heard after the heads were read is no fault.
        ({"referral/1": 3}, {"referral/1": _receipt(4)}, []),
        ({"referral/1": 3}, {"referral/1": _receipt(6, (5, 5))}, []),
    ],
    ids=["whole", "in the middle", "at the end", "altogether", "made up", "newer", "newer with a gap"],
)
def test_nothing_is_missing_unseen(heads: dict[str, int], heard: dict[str, Any], found: list[str]) -> None:
    findings = list(missing("intake", heads, heard))
    assert [finding.what for finding in findings] == found
    assert {finding.subject for finding in findings} <= {"referral/1"}


def test_what_may_still_arrive_is_waited_for_and_what_cannot_is_not() -> None:
    waits = next(iter(missing("intake", {"referral/1": 1}, {})))
    made_up = next(iter(missing("intake", {}, {"referral/1": _receipt(1)})))
    assert waits.passing
    assert not made_up.passing


class Busy:
    """Services in which something is told and heard before each answer, of a known subject and of a new one."""

    def __init__(self) -> None:
        self.told = {"referral/1": 1}

    def get(self, path: str) -> dict[str, Any]:
        if path == "/totals":
            return {"allCounted": True, "needs": {"matching": 0}}
        return {"outbox": {"depth": 0, "oldestSeconds": 0.0}, "relayActive": True, "deferred": 0, "parked": 0}

    def pages(self, path: str) -> list[dict[str, Any]]:
        self.told |= {"referral/1": self.told["referral/1"] + 1, f"referral/{len(self.told) + 1}": 1}
        if path == "/flow-heads":
            return [{"subject": subject, "lastSequence": last} for subject, last in self.told.items()]
        source = {"source": "urn:nld:oin:0:intake"}
        return [{**_receipt(last), "subject": subject, **source} for subject, last in self.told.items()]


class Still(Busy):
    """One that tells nothing."""

    def pages(self, path: str) -> list[dict[str, Any]]:
        return []


def test_what_happens_while_an_audit_looks_is_no_finding() -> None:
    busy = Busy()
    apis = {"intake": busy, "reporting": busy}
    report = Auditor(lambda service: apis.get(service, Still())).look()  # type: ignore[arg-type, return-value]
    assert [finding for finding in report.findings if finding.service == "intake"] == []
    assert report.subjects["intake"] == 3


class Fixed(Busy):
    """One that told and heard all this, and counts how far ahead of its reader it must go."""

    def __init__(self, told: dict[str, int], heard: dict[str, int]) -> None:
        self.told, self.heard = told, heard

    def pages(self, path: str) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        if path == "/flow-heads":
            yield from ({"subject": subject, "lastSequence": last} for subject, last in sorted(self.told.items()))
        else:
            source = {"source": "urn:nld:oin:0:intake"}
            yield from ({**_receipt(last), "subject": each, **source} for each, last in sorted(self.heard.items()))


def _compared(told: dict[str, int], heard: dict[str, int], kept: int = KEPT) -> tuple[set[tuple[Any, ...]], list[str]]:
    fixed = Fixed(told, heard)
    apis = {"intake": fixed, "activities": Still(), "notifications": Still(), "reporting": Reporting(fixed)}
    found = Comparison(apis, kept).run()  # type: ignore[arg-type]
    return {(one.subject, one.what) for one in found.findings}, [f"{found.subjects['intake']} {found.events}"]


class Reporting(Still):
    """It tells nothing, and heard what another told."""

    def __init__(self, of: Fixed) -> None:
        self.pages = lambda path: of.pages(path) if path == "/audit" else iter(())  # type: ignore[method-assign]


def test_two_lists_in_order_are_laid_side_by_side() -> None:
    told = {"need/1": 1, "referral/1": 3, "referral/2": 2, "referral/4": 5}
    heard = {"need/1": 1, "referral/1": 3, "referral/2": 1, "referral/3": 1}
    assert _compared(told, heard) == (
        {
            ("referral/2", "reporting heard up to 1 of 2 events"),
            ("referral/3", "reporting heard of it, and the service does not know it"),
            ("referral/4", "reporting heard nothing of it, of 5 events"),
        },
        ["4 11"],
    )


def test_who_told_much_and_was_heard_of_not_at_all_is_found() -> None:
    assert _compared({"referral/1": 2}, {})[0] == {("referral/1", "reporting heard nothing of it, of 2 events")}


def test_what_an_audit_keeps_does_not_grow_with_what_differs() -> None:
    told = {f"referral/{number:03}": 1 for number in range(300)}
    found, _ = _compared(told, {}, kept=10)
    assert len(found) == 11
    assert (None, "290 more subjects seem to differ") in found


def test_what_an_audit_keeps_does_not_grow_with_what_was_told() -> None:
    """Rule: a page at a time. Fails when a list is read whole before the other is begun."""
    ahead = most = 0

    class Watched(Fixed):
        def pages(self, path: str) -> Iterator[dict[str, Any]]:  # type: ignore[override]
            nonlocal ahead, most
            step = 1 if path == "/flow-heads" else -1
            for row in super().pages(path):
                ahead += step
                most = max(most, abs(ahead))
                yield row

    told = {f"referral/{number:05}": 1 for number in range(5_000)}
    watched = Watched(told, told)
    apis = {"intake": watched, "activities": Still(), "notifications": Still(), "reporting": Reporting(watched)}
    found = Comparison(apis).run()  # type: ignore[arg-type]
    assert (found.findings, found.subjects["intake"]) == ([], 5_000)
    assert most <= 2


class Waiting(Still):
    """One in which an event waits to be told."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def get(self, path: str) -> dict[str, Any]:
        return super().get(path) | {"outbox": {"depth": 3, "oldestSeconds": self.seconds}}


@pytest.mark.parametrize(("seconds", "found"), [(0.2, []), (9.4, ["3 events wait to be told, the oldest for 9 s"])])
def test_what_was_told_a_moment_ago_may_wait(seconds: float, found: list[str]) -> None:
    apis = {"intake": Waiting(seconds)}
    report = Auditor(lambda service: apis.get(service, Still())).look()  # type: ignore[arg-type, return-value]
    assert [finding.what for finding in report.findings] == found


@pytest.mark.parametrize(
    ("all_counted", "matching", "services"),
    [(True, 0, []), (False, 0, ["reporting"]), (True, 4, ["activities"]), (False, 4, ["reporting", "activities"])],
)
def test_accepted_needs_must_have_found_their_way(all_counted: bool, matching: int, services: list[str]) -> None:
    findings = undecided({"allCounted": all_counted, "needs": {"matching": matching}})
    assert [finding.service for finding in findings] == services


def test_a_report_is_clean_only_without_findings() -> None:
    assert Report().clean
    assert not Report(findings=[Finding("intake", "parked")]).clean
    assert Report(findings=[Finding("intake", "parked")]).as_json()["clean"] is False
