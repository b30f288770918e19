"""A service called by its own description: schemathesis makes requests of it, right and wrong ones, and sequences."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

_SETTINGS: Final = Path(__file__).with_name("schemathesis.toml")
_SECONDS: Final = 480.0
PHASES: Final = ("examples", "coverage", "fuzzing", "stateful")
QUICK: Final = ("examples", "fuzzing", "stateful")
"""Without the many requests that cover each bound of each parameter."""


@dataclass(frozen=True, slots=True)
class Called:
    """`cases` requests were made of `operations` operations; `wrong` says what was not as described, and how to see it
    again."""

    cases: int
    operations: int
    wrong: list[str] = field(default_factory=list)


def call(url: str, token: str | None, *, examples: int, seed: int, phases: Sequence[str] = PHASES) -> Called:
    """Call the service at this address (`http://…/intake`) with all checks, as the holder of a token.

    `examples` bounds the requests that are drawn for each operation; those that cover its parameters come besides.
    """
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [
            sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", str(_SETTINGS),
            "run", f"{url}/v1/openapi.json", "--checks", "all", "--phases", ",".join(phases), "--continue-on-failure",
            "--max-examples", str(examples), "--seed", str(seed), "--request-timeout", "30",
            "--report", "json", "--report-json-path", str(report),
        ]  # fmt: skip
        if token is not None:
            command += ["--header", f"Authorization: Bearer {token}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)
        if not report.exists():
            return Called(
                0, 0, [f"schemathesis ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"]
            )
        said: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    wrong = [_brief(one) for one in said["failures"]] + [f"error: {_brief(one)}" for one in said["errors"]]
    if not said["complete"] or (done.returncode and not wrong):
        wrong.append(f"schemathesis ended with {done.returncode} ({said['stop_reason']}): {done.stdout[-2000:]}")
    return Called(said["test_cases"]["generated"], said["operations"]["tested"], wrong)


def _brief(problem: dict[str, Any]) -> str:
    text = json.dumps(problem, ensure_ascii=False)
    return text if len(text) < 1500 else f"{text[:1500]}…"
