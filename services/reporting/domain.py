"""What reporting counts, who may see which counts, and what of a stream of events is missing. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from contracts.ids import is_id

DIMENSIONS: Final = ("month", "municipality", "library", "partner", "kind")
"""What counts can be asked by; rows come in this order of keys, however they were asked."""

UNKNOWN_MUNICIPALITY: Final = ""
UNKNOWN_ID: Final = "00000000-0000-0000-0000-000000000000"
"""How the key of a cell says that a referral has no municipality or no library yet."""

ANY_KIND: Final = "any"
"""The row of a cell in which each referral is counted once, whatever the kinds of its needs."""

REFERRAL_STATES: Final = ("in_triage", "accepted", "rejected", "withdrawn")
NEED_STATES: Final = (
    "in_triage",
    "rejected",
    "withdrawn",
    "matching",
    "waiting",
    "unplaced",
    "held",
    "placed",
    "ended",
)
"""Each referral, and each need, is in exactly one state, so that the states add up to what was received."""

OVERDUE: Final = "overdue"
"""Counted beside the states: whichever state a referral is in, its library was late with it."""

FUNNEL: Final = (
    ("received", "referrals"),
    ("in-triage", "referrals"),
    ("rejected", "referrals"),
    ("withdrawn", "referrals"),
    ("accepted", "referrals"),
    ("matching", "needs"),
    ("waiting", "needs"),
    ("unplaced", "needs"),
    ("held", "needs"),
    ("placed", "needs"),
    ("ended", "needs"),
)
"""The steps of the path in order, and what is counted in each: the needs from `matching` on are those accepted."""


@dataclass(frozen=True, slots=True)
class View:
    """Which rows a caller sees (None: every one) and whether small counts are withheld from it."""

    libraries: frozenset[str] | None = None
    municipalities: frozenset[str] | None = None
    protected: bool = True


def view_of(*, staff: bool, roles: Iterable[str], libraries: Iterable[str], municipalities: Iterable[str]) -> View:
    """A library's staff see their library's counts whole: they are its records. Readers of reports see every library,
    or their municipalities, protected. Staff who should be tied to a library and are not, see nothing; a claim that is
    no id of ours is nobody's library.
    """
    if claimed := frozenset(libraries):
        return View(libraries=frozenset(filter(is_id, claimed)), protected=False)
    if "operations" in roles:
        return View(protected=False)
    if "report-reader" in roles or not staff:
        return View(municipalities=frozenset(municipalities) or None)
    return View(libraries=frozenset())


def narrowed(allowed: frozenset[str] | None, asked: str | None) -> list[str] | None:
    """The values to select: what was asked, as far as it is allowed. None: no restriction."""
    if asked is None:
        return None if allowed is None else sorted(allowed)
    return [asked] if allowed is None or asked in allowed else []


def counts_of(row: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """The counts of one row of sums, with what was received as their total, under `referrals` and `needs`."""
    found = {}
    for unit, states in (("referrals", REFERRAL_STATES), ("needs", NEED_STATES)):
        parts = {state: int(row[f"{unit}_{state}"]) for state in states}
        found[unit] = {"received": sum(parts.values()), **parts}
    found["referrals"][OVERDUE] = int(row["referrals_overdue"])
    return found


def protect(counts: Mapping[str, Mapping[str, int]], persons: int, below: int) -> dict[str, dict[str, int | None]]:
    """Counts in which nothing from 1 to `below` - 1 is told, nor can be told from the rest of the same row.

    None is a count that is withheld. About fewer persons than `below` nothing is told at all.
    """
    if 0 < persons < below:
        return {unit: dict.fromkeys(parts) for unit, parts in counts.items()}
    return {unit: _protect_row(parts, below) for unit, parts in counts.items()}


def _protect_row(counts: Mapping[str, int], below: int) -> dict[str, int | None]:
    small = {name for name, count in counts.items() if 0 < count < below}
    withheld = small - {OVERDUE}
    if len(withheld) == 1 and "received" not in withheld:
        # One unknown in a sum is no secret: the next smallest goes with it. What is overdue stands in no sum.
        beside = {"received", OVERDUE, *withheld}
        others = {name: n for name, n in counts.items() if n and name not in beside}
        withheld.add(min(others, key=lambda name: (others[name], name)))
    return {name: None if name in small | withheld else count for name, count in counts.items()}


def month_of(text: str) -> date:
    """`2026-10` → the first day of that month. Raises ValueError for anything else."""
    return date.fromisoformat(f"{text}-01")


def heard_at_first(sequences: Iterable[int]) -> tuple[int, list[int]]:
    """How far a subject was heard without a gap when these are all that was heard of it, and what lies beyond."""
    contiguous_to, beyond = 0, []
    for sequence in sorted(set(sequences)):
        if sequence == contiguous_to + 1:
            contiguous_to = sequence
        else:
            beyond.append(sequence)
    return contiguous_to, beyond


def missing(contiguous_to: int, beyond: Sequence[int]) -> list[tuple[int, int]]:
    """Ranges of sequences, both ends included, that were not heard although later ones of the subject were."""
    gaps = []
    reached = contiguous_to
    for sequence in sorted(beyond):
        if sequence > reached + 1:
            gaps.append((reached + 1, sequence - 1))
        reached = sequence
    return gaps
