"""Ratios are made within a round, so that a machine that grows slow between two rounds changes none."""

from __future__ import annotations

from dataclasses import replace

from bench.table import by_process, compared
from bench.turn import Figures

_ONE = Figures(
    per_second=100, processor=10, post_p50=5, post_p99=20, counted_p50=30, counted_p99=60, steady_processor=12,
    generator=0.05, memory={"intake": 60, "postgres": 200}, processors={"intake": 4, "postgres": 6},
)  # fmt: skip


def test_the_ratio_is_of_each_round_and_its_median_and_span_are_told() -> None:
    rounds = [
        (replace(_ONE, per_second=100), replace(_ONE, per_second=200)),
        (replace(_ONE, per_second=50), replace(_ONE, per_second=110)),
        (replace(_ONE, per_second=10), replace(_ONE, per_second=19)),
    ]
    first = next(line for line in compared("plain", "Meedoen", rounds).splitlines() if "16 clients" in line)
    assert first.endswith("| 50 | 110 | 2.00 | 1.90–2.20 |")


def test_each_process_has_its_line() -> None:
    lines = by_process("Meedoen", [_ONE]).splitlines()
    assert lines[2:] == ["| intake | 4.00 | 60 |", "| postgres | 6.00 | 200 |"]
