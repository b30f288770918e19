"""The first page after signing in: what somebody can do here, by role."""

from __future__ import annotations

from typing import Any

from chassis.pages import PageCall, page
from services.intake import worklist
from services.intake.store import IntakeStore


class Home:
    """Where everyone begins."""

    store: IntakeStore

    @page("GET", "/", scope=None, signed_in=True, template="home.html")
    def home_page(self, call: PageCall) -> dict[str, Any]:
        """How much there is to do, and where to go."""
        mine = sorted(call.caller.libraries)
        facts: dict[str, Any] = {"library_names": list(self.store.names_of_libraries(mine).values()), "counts": None}
        if call.caller.may("referrals:decide"):
            facts |= {"counts": worklist.counts(self.store, mine), "most": worklist.MOST_COUNTED,
                      "todos": worklist.WORK, "late": worklist.LATE}  # fmt: skip
        return facts
