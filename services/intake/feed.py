"""What a partner's machine follows: each line of its referrals' timelines as a CloudEvent, as far as was agreed."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid5

from contracts.event import TYPE_PREFIX
from services.intake.domain.feedback import shown_steps
from services.intake.store_feed import FeedStore
from services.intake.views import step_view

Row = dict[str, Any]
NUMBERED_AT_ONCE: Final = 1000


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
