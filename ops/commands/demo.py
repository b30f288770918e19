"""`meedoen demo`: the whole platform once through, from a partner's file to the counts, and an end."""

from __future__ import annotations

import typer

from ops.commands import audit
from ops.commands.shared import ending
from ops.console import out
from ops.demo.story import Story
from ops.progress import Progress
from ops.running import Running, interruptible
from ops.target import Target
from ops.trouble import PROBLEMS, Trouble


def add_to(app: typer.Typer) -> None:
    app.command(epilog=ending("make demo", "meedoen demo"))(demo)


def demo() -> None:
    """Start everything, push partners' files through, show what became of them, audit it, stop, and end.

    Where an installation runs already (`make up`), it uses that one and leaves it running.
    """
    progress = Progress()
    running = Running(Target().installation.var)
    with interruptible():
        try:
            running.start(progress.programs)
            clean = _through(Story(running.var, progress))
        except Trouble as problem:
            logs = running.var / "log"
            raise type(problem)(f"{problem}\nThe demo did not get through. The logs are in {logs}") from problem
        finally:
            running.stop(progress.programs)
    if not clean:
        raise typer.Exit(PROBLEMS)


def _through(story: Story) -> bool:
    story.tell()
    report = story.audit()
    story.show()
    out.print("\n[bold]meedoen audit[/]")
    audit.show(report)
    return report.clean
