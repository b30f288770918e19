"""`meedoen`: the operator's command. Each group of commands is a file in ops/commands/."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from ops import trouble
from ops.commands import (
    audit,
    demo,
    doctor,
    library,
    parked,
    partitions,
    partner,
    replay,
    staff,
    status,
    tail,
    token,
    up,
)
from ops.console import err

app = typer.Typer(
    name="meedoen",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Run and look after Meedoen. It speaks to the installation in this copy (`make up`), or to the one that "
    "MEEDOEN_URL names, with the token in MEEDOEN_TOKEN.",
    epilog=f"Example: meedoen status\n\n{trouble.EXIT_CODES}",
)

for module in (up, demo, status, doctor, token, tail, replay, audit):
    module.add_to(app)
app.add_typer(library.app, name="library")
app.add_typer(partner.app, name="partner")
app.add_typer(staff.app, name="staff")
app.add_typer(parked.app, name="parked")
app.add_typer(partitions.app, name="partitions")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    try:
        app(args=None if arguments is None else list(arguments))
    except trouble.Trouble as problem:
        err.print(str(problem), markup=False)
        return problem.code
    except SystemExit as end:  # how typer ends, wrong use included
        return end.code if isinstance(end.code, int) else trouble.OK
    return trouble.OK


if __name__ == "__main__":
    sys.exit(main())
