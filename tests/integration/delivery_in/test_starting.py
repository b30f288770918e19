"""What is wrong with the inbox's settings is said at start, and nothing is started."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.incoming_process import settings
from tests.support.service_process import ROOT


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("INBOX_BATCH", "0", "INBOX_BATCH: must be a whole number from 1 to 2000"),
        ("INBOX_RETRY_BASE", "soon", "INBOX_RETRY_BASE: must be a number of seconds above 0, of 3600 at most"),
        ("PARTITIONS", "3", "PARTITIONS: 3 does not exist; PARTITION_COUNT is 1"),
    ],
)
def test_a_wrong_setting_is_named_and_the_process_ends(counting: str, variable: str, value: str, said: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "chassis.run", "tests.support.counting.running"],
        cwd=ROOT,
        env=settings(counting, "amqp://guest:guest@127.0.0.1:9/%2F", **{variable: value}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr.strip()) == (78, said)
