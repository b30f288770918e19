"""What a fault asks of single processes of the platform, read by the supervisor at each of their starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.state import State


class Held(Exception):
    """This process is to stay down until it is released."""


class Orders:
    """One file for each process in `VAR/orders`."""

    def __init__(self, var: Path) -> None:
        self._folder = var / "orders"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def once(self, name: str, **settings: str) -> None:
        """With these settings at the next start, and without them at those after it."""
        self._change(name, once=settings)

    def lasting(self, name: str, **settings: str) -> None:
        """With these settings, and no other lasting ones, at every start from now on."""
        self._change(name, lasting=settings)

    def hold(self, name: str) -> None:
        """Once it ends it stays down."""
        self._change(name, held=True)

    def release(self, name: str) -> None:
        """It is started again."""
        self._change(name, held=False)

    def check(self, name: str) -> None:
        """For the supervisor, before a start. Raises Held."""
        if self._read(name).get("held"):
            raise Held(f"{name} is held down by a fault")

    def settings(self, name: str) -> Mapping[str, str]:
        """For the supervisor, at a start: what is asked of this one."""
        asked = self._read(name)
        if asked.get("once"):
            self._change(name, once={})
        return {**asked.get("lasting", {}), **asked.get("once", {})}

    def _read(self, name: str) -> dict[str, Any]:
        return State(self._path(name)).values

    def _change(self, name: str, **values: Any) -> None:
        State(self._path(name)).save(**values)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
