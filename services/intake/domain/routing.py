"""Which library a referral belongs to: municipality and kinds of activity decide (the routing table)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.intake.domain.deadlines import Terms


@dataclass(frozen=True, slots=True)
class Service:
    """One row of the routing table. No kinds means every kind."""

    library_id: str
    municipality: str
    kinds: frozenset[str]

    def takes(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True, slots=True)
class Routing:
    """The routing table of some municipalities, and of each library there its name and until when it gets in touch."""

    table: Sequence[Service]
    names: Mapping[str, str]
    terms: Mapping[str, Terms]


def shared(library_id: str, table: Sequence[Service], kinds: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Per municipality where others take a kind that this library takes too: which library gets which of these kinds.

    `table` as :func:`route` wants it.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for own in (row for row in table if row.library_id == library_id):
        there = [row for row in table if row.municipality == own.municipality]
        for kind in kinds:
            if own.takes(kind) and any(row.takes(kind) for row in there if row is not own):
                gets = route(own.municipality, [kind], there)
                assert gets is not None
                found.setdefault(own.municipality, {}).setdefault(gets, []).append(kind)
    return found


def route(municipality: str | None, kinds: Sequence[str], table: Iterable[Service]) -> str | None:
    """The library that takes most of these kinds from this municipality; None when none takes any.

    Of equals the one wins that names the kinds (it is there for just these), then the one that stands first: `table`
    comes in the order in which libraries were registered, so that the answer is the same every time.
    """
    best: tuple[int, bool] = (0, False)
    chosen = None
    for row in table:
        if row.municipality != municipality:
            continue
        fit = (sum(map(row.takes, kinds)), bool(row.kinds))
        if fit[0] and fit > best:
            best, chosen = fit, row.library_id
    return chosen
