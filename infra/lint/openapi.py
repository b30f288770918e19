"""Render each service's OpenAPI description, without starting it, and hold it against the NL API Design Rules.

`python -m infra.lint.openapi` checks all services. The ruleset beside this file is the one published at
https://static.developer.overheid.nl/adr/ruleset.yaml, kept here so that a check gives the same today and tomorrow.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from contracts.catalogue import SERVICES

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
RENDERED: Final = ROOT / "var" / "lint"
SPECTRAL: Final = HERE / "node_modules" / ".bin" / "spectral"


def render(service: str) -> Path:
    """The description of a service as a file. Raises CalledProcessError when it cannot be made."""
    RENDERED.mkdir(parents=True, exist_ok=True)
    path = RENDERED / f"{service}.openapi.json"
    command = [sys.executable, "-m", "chassis.http.openapi", f"services.{service}.service"]
    path.write_bytes(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    return path


def check(paths: list[Path]) -> int:
    """Spectral's exit code: 0 when no description breaks a rule, warnings included."""
    rules = HERE / "api-design-rules.yaml"
    command = [str(SPECTRAL), "lint", "--ruleset", str(rules), "--fail-severity=warn", *map(str, paths)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main() -> int:
    """Check all services; the exit code."""
    try:
        return check([render(service) for service in SERVICES])
    except subprocess.CalledProcessError as problem:
        sys.stderr.write(f"{' '.join(map(str, problem.cmd[-2:]))} failed\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
