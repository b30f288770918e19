"""Is everything where it must be? Lays what each service told beside what reporting heard, and finds what is stuck.

`sequence` is contiguous per subject, so nothing can be missing unseen: not in the middle, not at the end, and no
subject altogether (design, section 4).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from contracts.catalogue import SERVICES
from ops.api import Api

_ASK_AGAIN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not where it must be. `passing` may be only on its way."""

    service: str
    what: str
    subject: str | None = None
    passing: bool = False


@dataclass
class Report:
    """What an audit saw."""

    subjects: dict[str, int] = field(default_factory=dict)
    events: int = 0
    totals: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "clean": self.clean}


class Auditor:
    """Asks the services; `api` gives each with the rights of operations, `stray` the findings beside the queues."""

    def __init__(self, api: Callable[[str], Api], strays: Callable[[], Iterable[Finding]] = tuple) -> None:
        self._apis = {service: api(service) for service in SERVICES}
        self._strays = strays

    def settle(self, seconds: float) -> Report:
        """Look until nothing is on its way any more, these seconds at most, then at everything."""
        deadline = time.monotonic() + seconds
        report = self.look()
        while any(finding.passing for finding in report.findings) and time.monotonic() < deadline:
            time.sleep(_ASK_AGAIN)
            report = self.look()
        return report

    def look(self) -> Report:
        """Everything, once. The comparison is dear, so it is made only when nothing waits on its way."""
        report = Report()
        for service in SERVICES:
            report.findings += self._stuck(service)
        report.findings += self._strays()
        if not any(finding.passing for finding in report.findings):
            self._compare(report)
        return report

    def _stuck(self, service: str) -> Iterator[Finding]:
        delivery = self._apis[service].get("/delivery")
        outbox = delivery["outbox"]
        if outbox["depth"]:
            yield Finding(
                service, f"{outbox['depth']} events wait to be told, {outbox['oldestSeconds']:.0f} s", None, True
            )
        if not delivery["relayActive"]:
            yield Finding(service, "its relay is not at work", None, True)
        if delivery["deferred"]:
            yield Finding(service, f"{delivery['deferred']} events are tried again", None, True)
        if delivery["parked"]:
            for one in self._apis[service].pages("/parked"):
                yield Finding(service, f"parked: {one['reason']}, {one['behind']} behind it", one["subject"])

    def _compare(self, report: Report) -> None:
        """What was told is read before what was heard: what happens meanwhile was heard of more, which is no fault."""
        told = {service: self._heads(service) for service in SERVICES}
        receipts = self._receipts()
        for service, heads in told.items():
            heard = receipts.get(service, {})
            report.subjects[service] = len(heads)
            report.events += sum(heads.values())
            report.findings += missing(service, heads | self._begun_since(service, heads, heard), heard)
        totals = self._apis["reporting"].get("/totals")
        report.totals = totals
        report.findings += undecided(totals)

    def _heads(self, service: str) -> dict[str, int]:
        """How far a service told of each of its subjects."""
        return {head["subject"]: head["lastSequence"] for head in self._apis[service].pages("/flow-heads")}

    def _begun_since(self, service: str, heads: dict[str, int], heard: dict[str, Any]) -> dict[str, int]:
        """Subjects that were heard of and are new since the heads were read; nothing of them had to be heard yet."""
        unknown = heard.keys() - heads.keys()
        return dict.fromkeys(unknown & self._heads(service).keys(), 0) if unknown else {}

    def _receipts(self) -> dict[str, dict[str, dict[str, Any]]]:
        """What reporting heard, by service and subject."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for receipt in self._apis["reporting"].pages("/audit"):
            found.setdefault(receipt["source"].rpartition(":")[2], {})[receipt["subject"]] = receipt
        return found


def missing(service: str, heads: dict[str, int], heard: dict[str, dict[str, Any]]) -> Iterator[Finding]:
    """What this service told and reporting did not hear, subject by subject."""
    for subject, last in heads.items():
        receipt = heard.get(subject)
        if receipt is None:
            yield Finding(service, f"reporting heard nothing of it, of {last} events", subject, True)
            continue
        for gap in receipt["missing"]:
            yield Finding(service, f"reporting misses events {gap['first']} to {gap['last']}", subject, True)
        if receipt["lastSequence"] < last:
            yield Finding(service, f"reporting heard up to {receipt['lastSequence']} of {last} events", subject, True)
    for subject in heard.keys() - heads.keys():
        yield Finding(service, "reporting heard of it, and the service does not know it", subject)


def undecided(totals: dict[str, Any]) -> Iterator[Finding]:
    """Accepted needs of which nothing was heard since; and counts that lag behind the facts."""
    if not totals["allCounted"]:
        yield Finding("reporting", "has facts that are not counted yet", None, True)
    if matching := totals["needs"]["matching"]:
        yield Finding("activities", f"{matching} accepted needs have no place, no turn and no reason", None, True)
