"""HTTP of the feed that partners' machines follow, and the timer that numbers it."""

from __future__ import annotations

from chassis.http import Call, Forbidden, Page, endpoint
from chassis.timers import every
from services.intake import access, feed
from services.intake.schemas.feed import FeedEvent, FeedQuery
from services.intake.settings import RetentionSettings
from services.intake.store import IntakeStore


class Feed:
    """What happened to all referrals of a partner, in one order that never changes."""

    store: IntakeStore
    retention: RetentionSettings

    @endpoint(
        "GET", "/events", scope="referrals:read", query=FeedQuery, returns=FeedEvent, tags=["feed"],
        summary="Follow all your referrals",
        description="CloudEvents, oldest first, without personal data and as far as feedback was agreed. `next` is "
        "there always: an empty page means that you have read everything so far; ask `next` again in a while. What is "
        "older than `FEED_DAYS` leaves the feed: 410 for a cursor from before. Then read the list and begin anew.",
        errors=(410,),
    )  # fmt: skip
    def follow_events(self, call: Call) -> Page:
        if call.caller.kind != "client":
            raise Forbidden("The feed is for a partner's machines; people see the referrals assigned to them.")
        partner = access.partner_of(self.store, call.caller)
        after = feed.begin(self.store, call.cursor)
        events, reached = feed.page(self.store, partner, call.url("/events"), after, call.limit)
        return Page(events, call.link(after=call.cursors.make((reached,))))

    @every(seconds=1, name="number-the-feed")
    def number_the_feed(self) -> bool:
        """Committed lines get the next numbers."""
        return self.store.number_steps(feed.NUMBERED_AT_ONCE) == feed.NUMBERED_AT_ONCE

    @every(seconds=600, name="leave-the-feed")
    def leave_the_feed(self) -> bool:
        """Lines that are old leave the feed; the timelines keep them."""
        before = self.store.now - self.retention.feed
        return self.store.leave_feed(before, feed.LEAVING_AT_ONCE) == feed.LEAVING_AT_ONCE
