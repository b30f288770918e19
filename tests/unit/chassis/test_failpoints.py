"""A failpoint kills the process where it is asked to, and nowhere else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

PROGRAM = """
from chassis.failpoints import failpoint
for turn in range(1, 4):
    failpoint("here")
    failpoint("there")
    print(turn, flush=True)
"""


def run(failpoint: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=os.environ | {"FAILPOINT": failpoint}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.split()


@pytest.mark.parametrize(
    ("failpoint", "turns"),
    [("here", []), ("there", []), ("here:2", ["1"]), ("elsewhere, there:3", ["1", "2"])],
)
def test_kills_at_the_passage_asked_for(failpoint: str, turns: list[str]) -> None:
    assert run(failpoint) == (-signal.SIGKILL, turns)


@pytest.mark.parametrize("failpoint", ["", "elsewhere", "here:9"])
def test_does_nothing_otherwise(failpoint: str) -> None:
    assert run(failpoint) == (0, ["1", "2", "3"])
