"""The plain pipeline that Meedoen is measured against still takes referrals to their end: it lives on our rules."""

from __future__ import annotations

from pathlib import Path

from bench.plain.pipeline import Plain
from bench.turn import Amount, turn


def test_a_turn_of_the_plain_pipeline(tmp_path: Path) -> None:
    plain = Plain(tmp_path)
    try:
        plain.set_up()
        figures = turn(plain, 0, Amount(warm=4, full=8, steady=4))
    finally:
        plain.tear_down()
    assert figures.per_second > 0
    assert 0 < figures.post_p50 < figures.counted_p50
    assert set(figures.processors) == {"postgres", "rabbitmq", "intake", "activities", "notifications", "reporting"}
