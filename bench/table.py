"""Medians of each side, and the ratios of each round: machines are noisy, and what befell one side befell the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.turn import Figures

Rounds = Sequence[tuple[Figures, Figures]]
"""Per round what both sides showed, the one that is compared with first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure: what it is called, and how it is read from the figures of a turn."""

    name: str
    of: Callable[[Figures], float]
    digits: int = 1


LINES: Final = (
    Line("referrals per second, pushed until counted, 16 clients", lambda one: one.per_second, 0),
    Line("processor time per referral at full speed, ms", lambda one: one.processor),
    Line("POST at 50 per second, p50, ms", lambda one: one.post_p50),
    Line("POST at 50 per second, p99, ms", lambda one: one.post_p99),
    Line("POST until counted at 50 per second, p50, ms", lambda one: one.counted_p50),
    Line("POST until counted at 50 per second, p99, ms", lambda one: one.counted_p99),
    Line("processor time per referral at 50 per second, ms", lambda one: one.steady_processor),
    Line("memory of all processes, MB", lambda one: sum(one.memory.values()), 0),
)


def compared(first: str, second: str, rounds: Rounds) -> str:
    """A table in Markdown: both medians, and the median and the span of the ratio second to first."""
    rows = [f"| | {first} | {second} | ratio | lowest–highest |", "| --- | ---: | ---: | ---: | ---: |"]
    for line in LINES:
        one, other = ([line.of(side) for side in sides] for sides in zip(*rounds, strict=True))
        ratios = [after / before for before, after in zip(one, other, strict=True)]
        rows.append(
            f"| {line.name} | {median(one):.{line.digits}f} | {median(other):.{line.digits}f} "
            f"| {median(ratios):.2f} | {min(ratios):.2f}–{max(ratios):.2f} |"
        )
    return "\n".join(rows)


def by_process(name: str, turns: Sequence[Figures]) -> str:
    """A table in Markdown: processor time per referral at full speed and memory of each process, medians."""
    rows = [f"| {name} | processor time per referral, ms | memory, MB |", "| --- | ---: | ---: |"]
    for process in turns[0].memory:
        used = median(turn.processors[process] for turn in turns)
        held = median(turn.memory[process] for turn in turns)
        rows.append(f"| {process} | {used:.2f} | {held:.0f} |")
    return "\n".join(rows)
