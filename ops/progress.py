"""Shows how a start, a stop or a longer work goes on: a line for each change, with the seconds since it began."""

from __future__ import annotations

import time
from typing import Any, Final

from rich.markup import escape

from ops.console import err

# Of a start and of a stop only the end is worth a line.
_WORDS: Final = {
    "ready": "is ready",
    "unwell": "does not answer well",
    "restarting": "ended and is started again",
    "failed": "cannot be started",
    "stopped": "has stopped",
}


class Progress:
    """Says what changed since it was told last. On stderr, so that what a command prints can be piped."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._known: dict[str, str] = {}

    def step(self, line: str) -> None:
        """A step of ours; further lines of it are indented."""
        first, *more = line.split("\n")
        err.print(f"[dim]{time.monotonic() - self._begun:6.1f} s[/]  {escape(first)}")
        for rest in more:
            err.print(f"{'':10}{rest}", markup=False)

    def programs(self, facts: dict[str, Any]) -> None:
        """What the supervisor says."""
        for row in facts["processes"]:
            name, state = row["name"], row["state"]
            if self._known.get(name) != state and state in _WORDS:
                self.step(f"{name} {_WORDS[state]}")
            self._known[name] = state
