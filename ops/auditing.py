"""Is everything where it must be? Lays what each service told beside what reporting heard, and finds what is stuck.

`sequence` is contiguous per subject, so nothing can be missing unseen: not in the middle, not at the end, and no
subject altogether (design, section 4).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, Final

from contracts.catalogue import SERVICES
from ops.api import Api
from ops.comparing import Comparison
from ops.finding import Finding

_ASK_AGAIN: Final = 0.5
LATE_S: Final = 5.0
"""Seconds that an event may wait to be told before that is worth saying: in an installation in use, some always do."""
_LISTED: Final = 1_000
"""As many parked events are listed."""


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
        if outbox["oldestSeconds"] > LATE_S:
            waits = f"{outbox['depth']} events wait to be told, the oldest for {outbox['oldestSeconds']:.0f} s"
            yield Finding(service, waits, None, True)
        if not delivery["relayActive"]:
            yield Finding(service, "its relay is not at work", None, True)
        if delivery["deferred"]:
            yield Finding(service, f"{delivery['deferred']} events are tried again", None, True)
        if delivery["parked"]:
            for one in islice(self._apis[service].pages("/parked"), _LISTED):
                yield Finding(service, f"parked: {one['reason']}, {one['behind']} behind it", one["subject"])
        if delivery["parked"] > _LISTED:
            yield Finding(service, f"{delivery['parked'] - _LISTED} more events are parked, or yet more")

    def _compare(self, report: Report) -> None:
        compared = Comparison(self._apis).run()
        report.subjects, report.events = compared.subjects, compared.events
        report.findings += compared.findings
        report.totals = self._apis["reporting"].get("/totals")
        report.findings += undecided(report.totals)


def undecided(totals: dict[str, Any]) -> Iterator[Finding]:
    """Accepted needs of which nothing was heard since; and counts that lag behind the facts."""
    if not totals["allCounted"]:
        yield Finding("reporting", "has facts that are not counted yet", None, True)
    if matching := totals["needs"]["matching"]:
        yield Finding("activities", f"{matching} accepted needs have no place, no turn and no reason", None, True)
