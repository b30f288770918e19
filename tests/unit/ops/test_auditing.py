"""What an audit calls missing."""

from __future__ import annotations

from typing import Any

import pytest

from ops.auditing import Auditor, Finding, Report, missing, undecided


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
    ],
    ids=["whole", "in the middle", "at the end", "altogether", "made up", "newer"],
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
        return {"outbox": {"depth": 0}, "relayActive": True, "deferred": 0, "parked": 0}

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
    assert report.subjects["intake"] == 2


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
