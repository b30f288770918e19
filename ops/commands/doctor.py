"""`meedoen doctor`: what is wrong with this installation, and what to do."""

from __future__ import annotations

import typer

from ops.commands.shared import ending
from ops.console import AsJson, out, say_json
from ops.diagnosis import Finding, examined
from ops.target import Target
from ops.trouble import PROBLEMS


def add_to(app: typer.Typer) -> None:
    app.command(epilog=ending("meedoen doctor", "meedoen doctor --json | jq '.[] | select(.ok | not)'"))(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Look for what is wrong here and say what to do. Changes nothing. Exit code 1 when something is wrong."""
    findings = list(examined(Target()))
    if as_json:
        say_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            _show(finding)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(PROBLEMS)


def _show(finding: Finding) -> None:
    mark = "[green]✓[/]" if finding.ok else "[bold red]✗[/]"
    out.print(f"{mark} {finding.what}: ", end="")
    out.print(finding.found, markup=False)
    if finding.do:
        out.print(f"    → {finding.do}", markup=False, style="yellow")
