"""`meedoen audit`: is every referral where it must be?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from ops import strays
from ops.auditing import Auditor, Report
from ops.commands.shared import ending
from ops.console import AsJson, out, say_json, table
from ops.finding import Finding
from ops.target import Target
from ops.trouble import PROBLEMS, Trouble


def add_to(app: typer.Typer) -> None:
    app.command(epilog=ending("meedoen audit", "meedoen audit --wait 0 --json"))(audit)


def audit(
    wait: Annotated[float, typer.Option(min=0, help="Seconds that events on their way may take to arrive.")] = 15.0,
    as_json: AsJson = False,
) -> None:
    """See whether every referral is where it must be: nothing lost, nothing stuck, everything counted.

    Exit code 1 and a list when something is missing.
    """
    report = audited(Target(), wait)
    if as_json:
        say_json(report.as_json())
    else:
        show(report)
    if not report.clean:
        raise typer.Exit(PROBLEMS)


def audited(target: Target, wait: float) -> Report:
    """An audit of this installation, after events on their way had these seconds to arrive."""
    return Auditor(target.operations, lambda: _strays(target)).settle(wait)


def show(report: Report) -> None:
    """For people."""
    if report.clean:
        told = ", ".join(f"{service} {count}" for service, count in report.subjects.items() if count)
        subjects = sum(report.subjects.values())
        out.print(f"[bold green]Clean.[/] {report.events} events about {subjects} subjects ({told}): ", end="")
        out.print("all told, all heard, all counted; nothing waits, nothing is stuck.")
        return
    rows = [(one.service, one.subject, one.what) for one in report.findings[:200]]
    table(f"{len(report.findings)} not where they must be", ("service", "subject", "what"), rows)
    out.print("Stuck events: meedoen parked list    Missing ones: meedoen replay --from SERVICE --subject SUBJECT")


def _strays(target: Target) -> Iterator[Finding]:
    """What lies beside the queues; nothing to say where the broker is not ours to ask."""
    try:
        uri = target.amqp_uri
    except Trouble:
        return
    for queue in strays.QUEUES:
        for stray in strays.listed(uri, queue):
            yield Finding("broker", f"in the queue {queue}: {stray['reason']}", stray["subject"])
