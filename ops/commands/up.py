"""`meedoen up`: start the local installation and keep it running."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infra.local.installation import Installation
from ops.commands.shared import ending
from ops.console import out
from ops.demo.story import Story
from ops.progress import Progress
from ops.running import Running, interruptible
from ops.target import Target
from ops.tokens import demo
from ops.trouble import Trouble


def add_to(app: typer.Typer) -> None:
    app.command(epilog=ending("meedoen up", "meedoen up --empty"))(up)


def up(
    empty: Annotated[bool, typer.Option("--empty", help="Load no demo data and push no files.")] = False,
) -> None:
    """Start everything, load the demo's data, and stay until Ctrl-C. What dies is started again.

    What was loaded and pushed before is there still, and is not pushed again.
    """
    target = Target()
    progress = Progress()
    running = Running(target.installation.var)
    with interruptible():
        try:
            running.start(progress.programs)
            if not running.is_ours:
                out.print("It runs here already:")
            elif not empty:
                Story(running.var, progress).tell()
            _addresses(Installation(running.var))
            if running.is_ours and running.wait(progress.programs):
                log = running.var / "log" / "supervisor.log"
                raise Trouble(f"The supervisor ended, and all that it ran. See {log}; start again with: make up")
        except KeyboardInterrupt:
            progress.step("stopping, in order")
        finally:
            running.stop(progress.programs)


def _addresses(at: Installation) -> None:
    partner = next(one.name for one in demo().partners if one.file)
    out.print("\n[bold]Meedoen is up.[/] Open this in a browser, and choose who you are; there are no passwords:")
    out.print(f"\n  {at.origin}\n", markup=False, style="bold")
    out.print("Or read:")
    for name, url in (
        ("intake", f"{at.url('intake')}/v1/openapi.json"),
        ("activities", f"{at.url('activities')}/v1/openapi.json"),
        ("notifications", f"{at.url('notifications')}/v1/openapi.json"),
        ("reporting", f"{at.url('reporting')}/v1/openapi.json"),
        ("sign-in (staff)", at.identity_provider),
        ("mail", str(at.mail)),
        ("logs", str(at.logs)),
    ):
        out.print(f"  {name:<16} {url}", markup=False)
    command = Path(".venv/bin/meedoen")
    out.print("\nTry next, in another terminal: a partner sees what became of its referrals")
    out.print(
        f"  curl -s -H \"Authorization: Bearer $({command} token --partner '{partner}')\" "
        f"'{at.url('intake')}/v1/referrals?limit=3'\n",
        markup=False,
    )
