"""What must be well for a process to do its work, asked of each part when somebody wants to know.

A part registers a check. An essential part that fails makes the process unready (503); another makes it `warn`:
it still answers, and says what lags behind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from chassis.logs import describe

Status = Literal["pass", "warn", "fail"]
_RANK: Final[dict[Status, int]] = {"pass": 0, "warn": 1, "fail": 2}


class Unwell(Exception):
    """A check's finding, in words for an operator."""

    tells_no_data = True


@dataclass(frozen=True, slots=True)
class Check:
    """One part: `ask` returns facts to show, or raises (Unwell says why)."""

    name: str
    ask: Callable[[], dict[str, Any] | None]
    essential: bool


class Health:
    """The checks of this process."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self.stopping = False

    def register(self, name: str, ask: Callable[[], dict[str, Any] | None], *, essential: bool) -> None:
        """Add a part, or replace the part of this name."""
        self._checks[name] = Check(name, ask, essential)

    def report(self) -> tuple[Status, dict[str, Any]]:
        """The worst of all, and each part's own finding."""
        found = {check.name: self._ask(check) for check in self._checks.values()}
        if self.stopping:
            found["process"] = {"status": "fail", "reason": "is stopping"}
        worst: Status = max((part["status"] for part in found.values()), key=lambda s: _RANK[s], default="pass")
        return worst, found

    @staticmethod
    def _ask(check: Check) -> dict[str, Any]:
        try:
            return {"status": "pass", **(check.ask() or {})}
        except Exception as problem:  # noqa: BLE001 (whatever a check raises is its finding, shown and never hidden)
            said = describe(problem)
            reason = said.get("message") or said["error"]
            return {"status": "fail" if check.essential else "warn", "reason": reason}


health: Final = Health()
