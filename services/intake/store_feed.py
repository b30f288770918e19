"""The feed that partners follow: lines of timelines, numbered once they are committed (ADR 0024)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from chassis.store import Store


class FeedStore(Store, sql="feed.sql"):
    """One process at a time numbers; any number of them read."""

    def number_steps(self, limit: int) -> int:
        """Give the next numbers to so many lines that have none; how many got one."""
        return self.run("number_steps", limit=limit)

    def feed_gone(self) -> int:
        """The number up to which lines have left the feed: who goes on behind a lower one would miss something."""
        return int(self.value("feed_gone"))

    def leave_feed(self, before: datetime, most: int) -> int:
        """Have the oldest lines leave the feed, so many of those from before a moment; how many left."""
        return self.run("leave_feed", before=before, most=most)

    def feed(self, partner_id: str, what: Collection[str], after: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        """A partner's lines of these sorts behind a number, and the number to ask behind the next time."""
        head = int(self.value("feed_head"))
        rows = self.rows("feed", partner_id=partner_id, what=list(what), after=after, head=head, limit=limit)
        return rows, (int(rows[-1]["position"]) if len(rows) == limit else max(head, after))
