"""What reporting is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass

from chassis import parsers
from chassis.settings import setting


@dataclass(frozen=True)
class ReportingSettings:
    """Below how many a count is withheld from readers of reports (1 withholds nothing), and how many marks a recount
    takes in one transaction."""

    withhold_below: int = setting("REPORTS_WITHHOLD_BELOW", parsers.whole(1, 100), default=5)
    recount_lot: int = setting("RECOUNT_LOT", parsers.whole(1, 20_000), default=2000)
