"""What the demo did in this installation already, so that a second start does nothing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.local.state import State


class Memory:
    """`demo.json` in a `var` directory: the file that each partner pushed, and whether the coordinators played."""

    def __init__(self, var: Path) -> None:
        self._state = State(var / "demo.json")

    def pushed(self, partner_id: str, digest: str) -> str | None:
        """The id that intake gave to this file of this partner, if it was pushed."""
        found: dict[str, str] = self._state.values.get("pushed", {})
        return found.get(f"{partner_id}/{digest}")

    def note_pushed(self, partner_id: str, digest: str, referral_file_id: str) -> None:
        pushed: dict[str, Any] = self._state.values.get("pushed", {})
        self._state.save(pushed={**pushed, f"{partner_id}/{digest}": referral_file_id})

    @property
    def answered(self) -> bool:
        """Did the coordinators answer for participants already?"""
        return bool(self._state.values.get("answered"))

    def note_answered(self) -> None:
        self._state.save(answered=True)

    def forget(self) -> None:
        """The databases are new ones: nothing was done yet."""
        self._state.values = {}
        self._state.save()
