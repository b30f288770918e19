"""`python -m bench`: measure Meedoen and the plain pipeline in turns, and print medians and ratios.

`--growth` measures Meedoen with few and with many referrals in its databases instead; `--write` does both and writes
docs/reference/speed.md. What runs is in `var/bench`, made anew each time.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import TypeVar

from bench.growth import MANY, SOME, Filled
from bench.meedoen import Meedoen
from bench.page import write
from bench.pipeline import Pipeline
from bench.plain.pipeline import Plain
from bench.table import Rounds, compared
from bench.turn import Amount, turn
from infra.local.installation import ROOT

Side = TypeVar("Side")
_VAR = ROOT / "var" / "bench"


def main() -> None:
    """Measure what is asked for; loopback alone, and bounded in count and time."""
    asked = _asked()
    amount = Amount(asked.warm, asked.full, asked.steady)
    shutil.rmtree(_VAR, ignore_errors=True)
    rounds: Rounds = []
    growth: Rounds = []
    versions: dict[str, str] = {}
    if not asked.growth:
        with ExitStack() as stack:
            rounds = _in_turns(_set_up(stack, Plain(_VAR / "plain"), Meedoen(_VAR / "meedoen")), asked.rounds, amount)
            versions = _versions(Meedoen(_VAR / "meedoen")) if asked.write else {}
        print(compared("plain", "Meedoen", rounds), flush=True)
    if asked.growth or asked.write:
        with ExitStack() as stack:
            sides = _set_up(stack, Filled(_VAR / "some", SOME), Filled(_VAR / "many", MANY))
            growth = _in_turns(sides, asked.rounds, amount)
        print(compared(f"{SOME:,}", f"{MANY:,}", growth), flush=True)
    if asked.write:
        write(rounds, growth, amount, versions)


def _asked() -> argparse.Namespace:
    ask = argparse.ArgumentParser(prog="bench", description=__doc__)
    ask.add_argument("--rounds", type=int, default=3)
    for part, count in asdict(Amount()).items():
        ask.add_argument(f"--{part}", type=int, default=count, help="referrals")
    ask.add_argument("--growth", action="store_true")
    ask.add_argument("--write", action="store_true")
    return ask.parse_args()


def _set_up(stack: ExitStack, *pipelines: Pipeline) -> Sequence[Pipeline]:
    for pipeline in pipelines:
        stack.callback(pipeline.tear_down)
        pipeline.set_up()
    return pipelines


def _in_turns(sides: Sequence[Pipeline], rounds: int, amount: Amount) -> Rounds:
    found = []
    for number in range(rounds):
        played = {side: turn(side, number, amount) for side in in_order(sides, number)}
        first, second = (played[side] for side in sides)
        found.append((first, second))
        print(f"round {number + 1}: {first.per_second:.0f} and {second.per_second:.0f} per second", flush=True)
    return found


def in_order(sides: Sequence[Side], number: int) -> Sequence[Side]:
    """Who plays first in the round of this number: each in turn, so that to be the first is nobody's advantage."""
    return sides if number % 2 == 0 else sides[::-1]


def _versions(pipeline: Pipeline) -> dict[str, str]:
    ((postgres,),) = pipeline.ask("postgres", "show server_version")
    assert pipeline.at.rabbitmq
    return {"PostgreSQL": postgres.split()[0], "RabbitMQ": pipeline.at.rabbitmq.ctl("version").strip()}


if __name__ == "__main__":
    main()
