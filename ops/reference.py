"""`python -m ops.reference`: the page of the command, docs/reference/meedoen.md, from its own help.

`--check` writes nothing and exits 1 when the page is not what the command says today.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import typer
from typer.cli import get_docs_for_click

from ops import trouble
from ops.main import app

PAGE: Final = Path(__file__).parents[1] / "docs" / "reference" / "meedoen.md"
_ENVIRONMENT: Final = """
## Where it looks

| variable | what it says |
| --- | --- |
| `MEEDOEN_VAR` | the directory of a local installation; default `var/` in this copy |
| `MEEDOEN_URL` | an installation elsewhere: the address that its services are below |
| `MEEDOEN_TOKEN` | the token to use there |
| `MEEDOEN_IDENTITY_PROVIDER` | instead of a token, for a demo: its identity provider, which asks for no password |
| `MEEDOEN_AMQP_URI` | its broker, for `tail` and for what lies beside the queues |
"""


def rendered() -> str:
    """The page as it must be."""
    command = typer.main.get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command, info_name="meedoen"), name="meedoen")
    said_once = text.replace(f"\n\n{trouble.EXIT_CODES}", "").strip()
    return f"{said_once}\n\n## Exit codes\n\n{trouble.EXIT_CODES}\n{_ENVIRONMENT}"


def main(arguments: list[str]) -> int:
    """Write or check the page; the exit code."""
    page = rendered()
    if "--check" in arguments:
        current = PAGE.is_file() and PAGE.read_text() == page
        if not current:
            sys.stderr.write("docs/reference/meedoen.md is stale: run python -m ops.reference\n")
        return 0 if current else 1
    PAGE.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
