"""All faults, by name, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

from tests.faults.harness.fault import Fault


def _all() -> Iterator[type[Fault]]:
    for path in sorted(Path(__file__).parent.glob("f[0-9][0-9]_*.py")):
        for one in vars(import_module(f"tests.faults.{path.stem}")).values():
            if isinstance(one, type) and issubclass(one, Fault) and "name" in vars(one):
                yield one


FAULTS: Final[dict[str, type[Fault]]] = {one.name: one for one in _all()}


def chosen(words: list[str]) -> list[type[Fault]]:
    """Those with these names or numbers; all without any. Raises LookupError."""
    found = {name: one for word in words for name, one in FAULTS.items() if word in (name, str(one.number))}
    unknown = [word for word in words if not any(word in (name, str(one.number)) for name, one in FAULTS.items())]
    if unknown:
        raise LookupError(f"no fault is called {', '.join(unknown)}; there are {', '.join(FAULTS)}")
    return list(found.values() if words else FAULTS.values())
