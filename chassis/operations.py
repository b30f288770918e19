"""What operators see and decide, the same at every service: what waits, what is stuck, and what was told."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any, Final

from chassis import operations_schemas as schemas
from chassis.http import BadInput, Call, Conflict, NotFound, Page, PageQuery, endpoint
from chassis.inbox.parked import NotParked, ParkedStore, StillUnreadable
from chassis.inbox.retention import RetentionStore
from chassis.inbox.settings import InboxSettings
from chassis.inbox.status import board
from chassis.outbox_store import OutboxStore
from chassis.settings import current
from chassis.store import Stores
from chassis.timers import every

_TAGS: Final = ["operations"]


class OperationsStore(ParkedStore, OutboxStore, RetentionStore):
    """All of delivery's tables, for operators and housekeeping."""


class Operations:
    """A mixin of every service's base class."""

    operations_store = Stores(OperationsStore)

    @endpoint("GET", "/flow-heads", scope="operations:read", query=PageQuery, returns=schemas.FlowHead, tags=_TAGS)
    def flow_heads(self, call: Call) -> Page:
        """The last sequence of each subject that this service told of, ordered by subject."""
        (after,) = call.cursor or (None,)
        rows = self.operations_store.flow_heads(after, call.limit + 1)
        return Page.of(rows, call, key=lambda row: (row["subject"],))

    @endpoint("GET", "/parked", scope="operations:read", query=PageQuery, returns=schemas.ParkedEvent, tags=_TAGS)
    def parked_events(self, call: Call) -> Page:
        """Events that wait for a decision, the longest parked first."""
        rows = self.operations_store.parked_page(call.limit + 1, call.cursor)
        return Page.of(rows, call, key=lambda row: (row["parked_at"], row["arrival"]))

    @endpoint("GET", "/parked/<uuid:event_id>", scope="operations:read", returns=schemas.ParkedEventWhole, tags=_TAGS)
    def parked_event(self, call: Call, event_id: str) -> dict[str, Any]:
        """One parked event with its bytes and how many wait behind it."""
        row: dict[str, Any] = _or_not_found(self.operations_store.show_parked, event_id)
        return row | {"raw": base64.b64encode(row["raw"]).decode()}

    @endpoint(
        "POST", "/parked/<uuid:event_id>/replay", scope="operations:write", returns=schemas.Decided, status=202,
        tags=_TAGS, errors=(409,),
    )  # fmt: skip
    def replay_parked(self, call: Call, event_id: str) -> dict[str, Any]:
        """Try a parked event once more, at once; those behind it follow in order when it is applied."""
        try:
            _or_not_found(self.operations_store.replay_parked, event_id)
        except StillUnreadable as problem:
            raise Conflict(f"This release cannot read it either: {problem}", type="still-unreadable") from problem
        return {"event_id": event_id, "status": "deferred"}

    @endpoint(
        "POST", "/parked/<uuid:event_id>/discard", scope="operations:write", body=schemas.Discard,
        returns=schemas.Decided, tags=_TAGS,
    )  # fmt: skip
    def discard_parked(self, call: Call, event_id: str) -> dict[str, Any]:
        """Throw a parked event away for good; those behind it go on. Who did it and why is kept."""
        discard = self.operations_store.discard_parked
        _or_not_found(lambda parked: discard(parked, by=call.caller.id, why=call.body["reason"]), event_id)
        return {"event_id": event_id, "status": "discarded"}

    @endpoint("GET", "/deferred", scope="operations:read", query=PageQuery, returns=schemas.DeferredEvent, tags=_TAGS)
    def deferred_events(self, call: Call) -> Page:
        """Events that are tried again, and those in line behind them, the longest deferred first."""
        rows = self.operations_store.deferred_page(call.limit + 1, call.cursor)
        return Page.of(rows, call, key=lambda row: (row["deferred_at"], row["arrival"]))

    @endpoint(
        "POST", "/replays", scope="operations:write", body=schemas.Replay, returns=schemas.Replayed, status=202,
        idempotent=True, tags=_TAGS,
    )  # fmt: skip
    def replay_published(self, call: Call) -> dict[str, Any]:
        """Publish again what this service told, with the same event ids; those who took it before ignore it.

        A lot at a time: while `next` is not null there is more, which the same request with it as `after` tells again.
        """
        if call.body["subject"] is None and call.body["since"] is None:
            raise BadInput.field("subject", "Say which subject, or since when.", "required")
        replayed: dict[str, Any] = self.operations_store.replay(**call.body)
        return replayed

    @endpoint("GET", "/delivery", scope="operations:read", returns=schemas.Delivery, tags=_TAGS)
    def delivery(self, call: Call) -> dict[str, Any]:
        """What waits on its way out and in, and what the answering process does about its queues."""
        return {
            "outbox": asdict(self.operations_store.outbox_waiting()),
            **asdict(self.operations_store.waiting()),
            "relay_active": self.operations_store.relay_is_active(),
            "queues": [
                {
                    "name": one.queue,
                    "partition": one.partition,
                    "state": one.state,
                    "active": one.state == "active",
                    "last_applied_lag_seconds": one.lag_seconds,
                }
                for one in board.values()
            ],
        }

    @every(seconds=3600, name="keep-inbox-partitions")
    def keep_inbox_partitions(self) -> None:
        """Days ahead are made before they are needed; what no repetition can reach any more goes."""
        self.operations_store.keep(current(InboxSettings).retention_days)


def _or_not_found(act: Any, event_id: str) -> Any:
    try:
        return act(event_id)
    except NotParked as missing:
        raise NotFound("No event with this id is parked.") from missing
