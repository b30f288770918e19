"""One thing that an audit found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not where it must be. `passing` may be only on its way."""

    service: str
    what: str
    subject: str | None = None
    passing: bool = False
