"""Until when a library gets in touch, by its own terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from contracts import working_days
from contracts.codes import DAYS_TO_CONTACT
from contracts.working_days import Closures


@dataclass(frozen=True, slots=True)
class Terms:
    """Working days to get in touch, and when the library is closed."""

    days: int = DAYS_TO_CONTACT
    closures: Closures = ()

    def contact_by(self, at: datetime) -> date:
        """The last day in Amsterdam to get in touch with whom one heard of at that moment."""
        return working_days.contact_by(at, self.days, self.closures)
