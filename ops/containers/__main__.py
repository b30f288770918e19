"""`python -m ops.containers [--seed N] [--rounds N]`: prove that the platform holds in containers.

Exit codes: 0 everything arrived and the audit is clean, 1 not so, 3 no container engine runs here.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from ops.console import err
from ops.containers import engine
from ops.containers.proof import proved
from ops.progress import Progress
from ops.running import interruptible
from ops.trouble import PROBLEMS, Trouble


def check(
    seed: Annotated[int | None, typer.Option(help="Decides what ends when and how; any if left out.")] = None,
    rounds: Annotated[int, typer.Option(min=0, help="How often each container is restarted or killed.")] = 1,
) -> None:
    """Build, start, push files through while containers restart and die, audit, and take everything down."""
    progress = Progress()
    progress.step(engine.versions())
    with tempfile.TemporaryDirectory(prefix="meedoen-containers-") as folder, interruptible():
        right = proved(Path(folder), secrets.randbelow(10_000) if seed is None else seed, rounds, progress)
    if not right:
        raise typer.Exit(PROBLEMS)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command()(check)


def main() -> int:
    """The exit code."""
    try:
        app()
    except Trouble as problem:
        err.print(str(problem), markup=False)
        return problem.code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
