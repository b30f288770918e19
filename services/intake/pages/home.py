"""The first page after signing in: what somebody can do here, by role."""

from __future__ import annotations

from typing import Any

from chassis.pages import PageCall, page
from contracts import municipalities
from services.intake import access, worklist
from services.intake.pages import own_referrals
from services.intake.store import IntakeStore


class Home:
    """Where everyone begins."""

    store: IntakeStore

    @page("GET", "/", scope=None, signed_in=True, template="home.html")
    def home_page(self, call: PageCall) -> dict[str, Any]:
        """How much there is to do, and where to go."""
        mine = access.own_libraries(call.caller)
        facts: dict[str, Any] = {"library_names": list(self.store.names_of_libraries(mine).values()), "counts": None,
                                 "questions": None, "unserved": [], "most": worklist.MOST_COUNTED}  # fmt: skip
        if call.caller.may("referrals:decide"):
            facts |= {"counts": worklist.counts(self.store, mine), "todos": worklist.WORK, "late": worklist.LATE}
        if call.caller.organisation is not None and call.caller.may("referrals:write"):
            facts["questions"] = own_referrals.open_questions(self.store, call.caller)
        if call.caller.may("organisations:write"):
            served = self.store.served_municipalities()
            facts["unserved"] = [name for code, name in municipalities.names().items() if code not in served]
        return facts
