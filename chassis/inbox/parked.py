"""What an operator sees and decides of events that were put aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from chassis.inbox.reading import Delivery, read
from chassis.store import Store

Position = tuple[datetime, int]
"""Where a page ended: the moment and the place in line of its last row."""

COUNTED: Final = 10_000
"""As many events are counted; more are as many."""
COUNTED_BEHIND: Final = 1_000
"""As many are counted behind each one of a list, which has up to 200 of them."""
_BEFORE_ALL: Position = (datetime(1, 1, 2, tzinfo=UTC), 0)


class NotParked(LookupError):
    """No event with this id is parked."""


class StillUnreadable(ValueError):
    """This release cannot read the event either, so it cannot be applied."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many events wait: to be tried again, for a decision, and behind one that waits for a decision.

    Each is `COUNTED` when there are more.
    """

    deferred: int
    parked: int
    behind_parked: int


class ParkedStore(Store, sql="parked.sql"):
    """Parked and deferred events. Every change takes the key's lock, so that no retry is under way meanwhile."""

    def parked_page(self, limit: int, after: Position | None = None) -> list[dict[str, Any]]:
        """Parked events, the longest parked first, each with how many wait behind it, up to
        `COUNTED_BEHIND`; without their bytes."""
        time, arrival = after or _BEFORE_ALL
        return self.rows("parked_page", limit=limit, after_time=time, after_arrival=arrival, most_behind=COUNTED_BEHIND)

    def deferred_page(self, limit: int, after: Position | None = None) -> list[dict[str, Any]]:
        """Deferred events, the longest deferred first; `next_attempt_at` is None behind a parked one."""
        time, arrival = after or _BEFORE_ALL
        return self.rows("deferred_page", limit=limit, after_time=time, after_arrival=arrival)

    def show_parked(self, event_id: str) -> dict[str, Any]:
        """One parked event with its bytes in `raw`. Raises NotParked."""
        row = self.row("parked_event", event_id=event_id, most_behind=COUNTED_BEHIND)
        if row is None:
            raise NotParked(event_id)
        return row | {"raw": bytes(row["raw"])}

    def replay_parked(self, event_id: str) -> None:
        """Put it back into its line, to be tried once more and at once; what waits behind follows when it is applied.

        Raises NotParked, and StillUnreadable for bytes that this release cannot read.
        """
        row = self._locked(event_id)
        letter = read(Delivery(row["raw"]))
        if letter.event is None:
            raise StillUnreadable((letter.error or {}).get("message", "not an event"))
        self.run(
            "release_parked",
            event_id=event_id,
            partition_key=letter.partition_key,
            event_type=letter.type,
            source=letter.source,
            subject=letter.subject,
            event_time=letter.time,
        )
        self.run("release_followers", key=letter.partition_key)

    def discard_parked(self, event_id: str, *, by: str, why: str) -> None:
        """Throw it away for good; what waits behind it may go on. Raises NotParked."""
        row = self._locked(event_id)
        self.run("discard_parked", event_id=event_id, by=by, why=why)
        if row["partition_key"] is not None:
            self.run("release_followers", key=row["partition_key"])

    def waiting(self) -> Waiting:
        """How much waits, of each up to `COUNTED`."""
        return Waiting(**(self.row("waiting", most=COUNTED) or {}))

    def _locked(self, event_id: str) -> dict[str, Any]:
        """The event, with its line locked until the transaction ends."""
        key = self.show_parked(event_id)["partition_key"]
        if key is not None:
            self.run("lock_key", key=key)
        return self.show_parked(event_id)
