"""The first page after signing in: what somebody can do here, by role."""

from __future__ import annotations

from typing import Any, Final

from chassis.pages import PageCall, page
from services.intake import access, looking
from services.intake.domain.needs import Status
from services.intake.store import IntakeStore

MOST_COUNTED: Final = 100
"""More waiting referrals than this are shown as "more than": what matters is whether something waits."""


class Home:
    """Where everyone begins."""

    store: IntakeStore

    @page("GET", "/", scope=None, signed_in=True, template="home.html")
    def home_page(self, call: PageCall) -> dict[str, Any]:
        """What waits, and where to go."""
        libraries = self.store.names_of_libraries(sorted(call.caller.libraries))
        facts: dict[str, Any] = {"library_names": list(libraries.values()), "waiting": None, "most": MOST_COUNTED}
        if call.caller.may("referrals:decide"):
            sight = access.sight_of(self.store, call.caller)
            wanted = {"status": Status.REQUESTED.value}
            facts["waiting"] = len(looking.page(self.store, sight, wanted, None, MOST_COUNTED + 1))
        return facts
