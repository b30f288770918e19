"""HTTP of the feed that partners' machines follow, and the timer that numbers it."""

from __future__ import annotations

from chassis.http import Call, Forbidden, Page, endpoint
from chassis.timers import every
from services.intake import access, feed
from services.intake.schemas.feed import FeedEvent, FeedQuery
from services.intake.store import IntakeStore


class Feed:
    """What happened to all referrals of a partner, in one order that never changes."""

    store: IntakeStore

    @endpoint(
        "GET", "/events", scope="referrals:read", query=FeedQuery, returns=FeedEvent, tags=["feed"],
        summary="Follow all your referrals",
        description="CloudEvents, oldest first, without personal data and as far as feedback was agreed. `next` is "
        "there always: an empty page means that you have read everything so far; ask `next` again in a while.",
    )  # fmt: skip
    def follow_events(self, call: Call) -> Page:
        if call.caller.kind != "client":
            raise Forbidden("The feed is for a partner's machines; people see the referrals assigned to them.")
        partner = access.partner_of(self.store, call.caller)
        after = int(call.cursor[0]) if call.cursor else 0
        events, reached = feed.page(self.store, partner, call.url("/events"), after, call.limit)
        return Page(events, call.link(after=call.cursors.make((reached,))))

    @every(seconds=1, name="number-the-feed")
    def number_the_feed(self) -> bool:
        """Committed lines get the next numbers."""
        return self.store.number_steps(feed.NUMBERED_AT_ONCE) == feed.NUMBERED_AT_ONCE
