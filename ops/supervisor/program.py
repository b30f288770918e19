"""What the supervisor runs: one program, and how to know that it is well."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from infra.local.processes import Process


def _nothing() -> None:
    return None


def _noted(_: Process | None) -> None:
    return None


@dataclass(frozen=True)
class Program:
    """One program. What `starts` in a later stage waits until all of the stages before it are well; `stops` orders
    the end in the same way.

    `command` and `environment` are asked at each start, after `prepare`; `command` gets the words that tie it to us.
    `healthy` is asked often and must answer within seconds. `noted` hears of the process at each start, and of None
    when it is gone; then `clean` runs. `pauses` are the seconds before the first, second … restart in a row; the last
    one counts for all that follow. `service` is whose process or relay it is.
    """

    name: str
    kind: str
    starts: int
    stops: int
    command: Callable[[Sequence[str]], list[str]]
    environment: Callable[[], dict[str, str]]
    healthy: Callable[[], bool]
    log: Path
    cwd: Path
    url: str | None = None
    service: str | None = None
    prepare: Callable[[], None] = field(default=_nothing)
    noted: Callable[[Process | None], None] = field(default=_noted)
    clean: Callable[[], None] = field(default=_nothing)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 35.0
    pauses: Sequence[float] = (1, 2, 4, 8, 16, 30)


class Planned(Protocol):
    """Which programs are to run; that may change while they do."""

    def programs(self) -> list[Program]:
        """All of them, as of now."""

    def changed(self) -> bool:
        """Whether they may be others than when this was asked last."""
