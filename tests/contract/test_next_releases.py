"""The releases that faults roll to are ones that could be released: their own contract tests pass.

So the way that docs/howto describes, to bring a second version out and to retire the first, is one that works.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.releases.tree import Release, make

_BESIDES = ("docs/reference", "infra", "ops", "tests/contract", "tests/support", "pyproject.toml")
_CHECKS = ("tests/contract/test_events.py", "tests/contract/test_catalogue.py")


@pytest.mark.parametrize("release", Release, ids=lambda release: release.value)
def test_its_contracts_are_in_order(release: Release, tmp_path: Path) -> None:
    folder = make(release, tmp_path / "source", *_BESIDES)
    for command in (["contracts.describe"], ["pytest", "-q", *_CHECKS]):
        ended = subprocess.run(
            [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False,
            env={"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
    described = (folder / "docs" / "reference" / "events.md").read_text()
    assert "## referral-accepted.v2" in described
    assert ("## referral-accepted.v1" in described) == (release is Release.BESIDE)
