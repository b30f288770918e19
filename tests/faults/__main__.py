"""`python -m tests.faults [NAME or NUMBER …]`: play faults, show how it goes, and write docs/reference/faults.md.

Exit code 0 when all passed, 1 otherwise. The platforms of failed rounds stay in var/faults, with their logs.
"""

from __future__ import annotations

import secrets
import sys
from typing import Annotated

import typer

from tests.faults.catalogue import chosen
from tests.faults.harness.running import Season

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    faults: Annotated[list[str] | None, typer.Argument(help="Names or numbers; all without any.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of each.")] = 4,
    seed: Annotated[int | None, typer.Option(help="Of the first round; each later one has the next.")] = None,
    write: Annotated[bool, typer.Option(help="Write the results into docs/reference.")] = True,
) -> None:
    """Break the platform on purpose, and account for every referral."""
    try:
        asked = chosen(faults or [])
    except LookupError as problem:
        raise typer.BadParameter(str(problem)) from problem
    season = Season(rounds, secrets.randbelow(1_000_000) if seed is None else seed)
    sys.exit(0 if season.play(asked, write=write) else 1)


if __name__ == "__main__":
    app()
