"""Until when each library gets in touch, by the terms that it set at intake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from contracts import working_days
from contracts.codes import DAYS_TO_CONTACT
from contracts.working_days import Closures


@dataclass(frozen=True, slots=True)
class Terms:
    """One library's: working days, and when it is closed."""

    days: int = DAYS_TO_CONTACT
    closures: Closures = ()


@dataclass(frozen=True, slots=True)
class AllTerms:
    """Every library's that is known; another has the usual ones."""

    by_library: Mapping[str, Terms] = field(default_factory=dict)

    def contact_by(self, library_id: str, at: datetime) -> str:
        """The last day in Amsterdam for this library to get in touch with whom it heard of at that moment."""
        terms = self.by_library.get(library_id, Terms())
        return working_days.contact_by(at, terms.days, terms.closures).isoformat()


USUAL: Final = AllTerms()
"""Of libraries of which nothing is known."""
