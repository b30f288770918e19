"""What each service told beside what reporting heard, subject by subject, in memory that does not grow with them.

Both are read in order of subject, a page at a time. While that goes on more is told and heard, so what seems to differ
is read once more, later: what was told at the first reading must have been heard by the second.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from contracts.catalogue import SERVICES
from ops.api import Api
from ops.finding import Finding

Row = Mapping[str, Any]
KEPT: Final = 10_000
"""As many subjects that seem to differ are read once more; there is no use in a longer list."""
_NEW: Final = 0
"""How far a service told of a subject that it did not know when it was first asked: nothing had to be heard yet."""


@dataclass
class Compared:
    """How many subjects and events each service told of, and what is not where it must be."""

    subjects: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SERVICES, 0))
    events: int = 0
    findings: list[Finding] = field(default_factory=list)


class Comparison:
    """Asks each service for its flow heads, and reporting for its receipts."""

    def __init__(self, apis: Mapping[str, Api], kept: int = KEPT) -> None:
        self._apis = apis
        self._kept = kept
        self._suspects: dict[str, dict[str, int | None]] = {service: {} for service in SERVICES}
        self._more = dict.fromkeys(SERVICES, 0)

    def run(self) -> Compared:
        """Read everything once, and what seems to differ twice."""
        found = Compared()
        heard_of = set()
        for service, receipts in self._receipts():
            heard_of.add(service)
            self._lay(service, receipts, found)
        for service in SERVICES:
            if service not in heard_of:
                self._lay(service, (), found)
        if any(self._suspects.values()):
            found.findings += self._confirmed()
        for service, more in self._more.items():
            if more:
                found.findings.append(Finding(service, f"{more} more subjects seem to differ", None, True))
        return found

    def _lay(self, service: str, receipts: Iterable[Row], found: Compared) -> None:
        for subject, head, receipt in side_by_side(self._heads(service), receipts):
            told = head["lastSequence"] if head else None
            found.subjects[service] += told is not None
            found.events += told or 0
            if any(missing(service, _only(subject, told), _only(subject, receipt))):
                self._suspect(service, subject, told)

    def _suspect(self, service: str, subject: str, told: int | None) -> None:
        suspects = self._suspects[service]
        if len(suspects) < self._kept:
            suspects[subject] = told
        else:
            self._more[service] += 1

    def _confirmed(self) -> Iterator[Finding]:
        """What still differs when reporting, and after it a service that did not know a subject, is asked again."""
        heard: dict[str, dict[str, Row]] = {service: {} for service in SERVICES}
        for service, receipts in self._receipts():
            suspects = self._suspects[service]
            heard[service] = {one["subject"]: one for one in receipts if one["subject"] in suspects}
        for service, suspects in self._suspects.items():
            told = {subject: last for subject, last in suspects.items() if last is not None}
            unknown = suspects.keys() - told.keys()
            if unknown:
                known = (head["subject"] for head in self._heads(service))
                told |= dict.fromkeys((subject for subject in known if subject in unknown), _NEW)
            yield from missing(service, told, heard[service])

    def _heads(self, service: str) -> Iterable[Row]:
        return self._apis[service].pages("/flow-heads")

    def _receipts(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """What reporting heard from each service, in order of subject; each is to be read before the next."""
        by_source: Callable[[Row], str] = lambda receipt: receipt["source"]  # noqa: E731 (the key of a grouping)
        for source, receipts in groupby(self._apis["reporting"].pages("/audit"), by_source):
            service = source.rpartition(":")[2]
            if service in SERVICES:
                yield service, receipts


def side_by_side(told: Iterable[Row], heard: Iterable[Row]) -> Iterator[tuple[str, Row | None, Row | None]]:
    """Each subject of two lists that are in order of subject, with what either says of it."""
    one_side = (("told", row) for row in told)
    other_side = (("heard", row) for row in heard)
    for subject, rows in groupby(heapq.merge(one_side, other_side, key=_subject), _subject):
        said = dict(rows)
        yield subject, said.get("told"), said.get("heard")


def missing(service: str, told: Mapping[str, int], heard: Mapping[str, Row]) -> Iterator[Finding]:
    """What this service told and reporting did not hear, subject by subject; and what it never told."""
    for subject, last in told.items():
        receipt = heard.get(subject)
        if receipt is None:
            yield Finding(service, f"reporting heard nothing of it, of {last} events", subject, True)
            continue
        for gap in receipt["missing"]:
            if gap["first"] <= last:
                yield Finding(service, f"reporting misses events {gap['first']} to {gap['last']}", subject, True)
        if receipt["lastSequence"] < last:
            yield Finding(service, f"reporting heard up to {receipt['lastSequence']} of {last} events", subject, True)
    for subject in heard.keys() - told.keys():
        yield Finding(service, "reporting heard of it, and the service does not know it", subject)


def _subject(said: tuple[str, Row]) -> str:
    subject: str = said[1]["subject"]
    return subject


def _only(subject: str, said: Any) -> dict[str, Any]:
    return {} if said is None else {subject: said}
