"""What a partner's machine follows: each line of its referrals' timelines as a CloudEvent, as far as was agreed."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid5

from chassis.http import Problem
from contracts.event import TYPE_PREFIX
from services.intake.domain.feedback import shown_steps
from services.intake.store_feed import FeedStore
from services.intake.views import step_view

Row = dict[str, Any]
NUMBERED_AT_ONCE: Final = 1000
LEAVING_AT_ONCE: Final = 1000


class Gone(Problem):
    """410: a reader was away for longer than lines are kept, and would miss some."""

    def __init__(self) -> None:
        said = (
            "What happened behind this cursor is no longer in the feed. See how your referrals stand now in "
            "GET /referrals, then follow the feed from its beginning: GET /events without `after`."
        )
        super().__init__(410, detail=said, type="feed-gone")


def begin(store: FeedStore, cursor: tuple[Any, ...] | None) -> int:
    """The number to read behind: of the cursor, or of the oldest line that is kept. Raises Gone."""
    if cursor is None:
        return 0
    after = int(cursor[0])
    if after < store.feed_gone():
        raise Gone
    return after


def page(store: FeedStore, partner: Row, source: str, after: int, limit: int) -> tuple[list[Row], int]:
    """Events behind a number, oldest first, and the number to go on behind. What was agreed counts as it is now."""
    agreed = frozenset(partner["feedback"])
    rows, reached = store.feed(partner["partner_id"], shown_steps(agreed), after, limit)
    return [_event(row, agreed, source) for row in rows], reached


def _event(row: Row, agreed: frozenset[str], source: str) -> Row:
    shown = step_view(row | {"actor": None}, agreed)
    data = {name: row[name] for name in ("referral_id", "need_id", "kind")}
    data |= {name: shown[name] for name in ("by", "status", "business_status", "reasons") if name in shown}
    return {
        "specversion": "1.0",
        "id": str(uuid5(UUID(row["need_id"]), f"step/{row['step_id']}")),
        "source": source,
        "type": f"{TYPE_PREFIX}feed.{row['what']}.v1",
        "subject": f"referral/{row['referral_id']}",
        "time": row["at"],
        "datacontenttype": "application/json",
        "data": data,
    }
