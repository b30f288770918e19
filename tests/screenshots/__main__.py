"""`python -m tests.screenshots [STORY …]`: play these stories in a browser and write docs/howto/images/*.png anew.

A story is a module of this folder with `tell(stage)`; add yours to :data:`STORIES`. It needs Chromium and PostgreSQL,
which `make screenshots` installs where they lack, and takes about a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from tests.screenshots import case_worker, coordinator, operations
from tests.screenshots.stage import Stage, staged

IMAGES: Final = Path(__file__).parents[2] / "docs" / "howto" / "images"
STORIES: Final[dict[str, Callable[[Stage], None]]] = {
    "coordinator": coordinator.tell,
    "case-worker": case_worker.tell,
    "operations": operations.tell,
}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    stories: Annotated[list[str] | None, typer.Argument(help="Names; all without any.")] = None,
    to: Annotated[Path, typer.Option(help="The folder that the pictures go to.")] = IMAGES,
) -> None:
    """Make the screenshots of the how-to pages again."""
    unknown = set(stories or ()) - STORIES.keys()
    if unknown:
        raise typer.BadParameter(f"no such story: {', '.join(sorted(unknown))}; there are {', '.join(STORIES)}")
    to.mkdir(parents=True, exist_ok=True)
    for name in stories or STORIES:
        # Each story has a platform of its own, so that none disturbs the numbers and lists of another.
        with staged(to) as stage:
            STORIES[name](stage)


if __name__ == "__main__":
    app()
