"""Shows the funnel as it fills: redrawn in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final, Self

from rich.console import Group
from rich.live import Live
from rich.table import Table

from ops.api import Api
from ops.console import err
from ops.demo.pushing import Pushed
from ops.progress import Progress

_EVERY: Final = 0.4
_LINE_EVERY: Final = 2.0
_WIDTH: Final = 40
WITHHELD: Final = "–"
"""How a number is shown that readers of reports are not told: it is small, or would give a small one away."""


class Watch:
    """Looks at files and funnel again and again, and shows them."""

    def __init__(self, reporting: Api, files: Sequence[Pushed], progress: Progress) -> None:
        self._reporting = reporting
        self._files = files
        self._progress = progress
        self._live = Live(console=err, refresh_per_second=4) if err.is_terminal else None
        self._said = ""
        self._said_at = 0.0

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Look and show until it is true, these seconds at most; was it?"""
        deadline = time.monotonic() + seconds
        while True:
            for file in self._files:
                if not file.done:
                    file.look()
            funnel = self._reporting.get("/funnel")
            reached = true()
            self._show(funnel, at_once=reached)
            if reached or time.monotonic() > deadline:
                return reached
            time.sleep(_EVERY)

    def _show(self, funnel: dict[str, Any], *, at_once: bool) -> None:
        if self._live:
            self._live.update(Group(_files(self._files), _bars(funnel)))
            return
        files = ", ".join(f"{file.name} {_taken(file.facts)}/{file.facts['rows'] or '?'}" for file in self._files)
        steps = " · ".join(f"{step['step']} {shown(step['count'])}" for step in funnel["steps"])
        line = f"rows: {files}\n{steps}"
        if line != self._said and (at_once or time.monotonic() - self._said_at > _LINE_EVERY):
            self._said, self._said_at = line, time.monotonic()
            self._progress.step(line)


def shown(count: int | None) -> str:
    """A count as people see it."""
    return WITHHELD if count is None else str(count)


def _taken(facts: dict[str, Any]) -> int:
    return int(facts["takenIn"] + facts["repeated"] + facts["refused"])


def _files(files: Sequence[Pushed]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("file", "from", "rows", "taken in", "repeated", "refused", ""):
        table.add_column(column, justify="left" if column in ("file", "from", "") else "right")
    for file in files:
        facts = file.facts
        counts = (str(facts[name]) for name in ("rows", "takenIn", "repeated", "refused"))
        table.add_row(file.name, file.partner.name, *counts, facts["status"])
    return table


def _bars(funnel: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    most = max((step["count"] or 0 for step in funnel["steps"]), default=0) or 1
    for step in funnel["steps"]:
        length = round(_WIDTH * (step["count"] or 0) / most)
        table.add_row(f"{step['unit']} {step['step']}", shown(step["count"]), "█" * length)
    return table
