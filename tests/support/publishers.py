"""A history as its publishers tell it: each subject's sequence goes on, and time passes a little with every event."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.catalogue import CATALOGUE
from contracts.envelope import Event
from contracts.event import EventData
from tests.support.events import event


class Publishers:
    """All services at once, telling what happened to them, in the order in which it happened."""

    def __init__(self, begin: datetime | None = None) -> None:
        self.told: list[Event] = []
        self.now = begin or datetime.now(UTC) - timedelta(hours=1)
        self._heads: Counter[str] = Counter()

    def tell(self, kind: type[EventData], /, *, earlier: timedelta = timedelta(0), **data: Any) -> Event:
        """The next event about its subject; its time may be `earlier` than the order of telling says."""
        self.now += timedelta(milliseconds=10)
        return self._tell(kind, data, self.now - earlier)

    def tell_at_once(self, kind: type[EventData], /, **data: Any) -> Event:
        """An event of the same moment as the one before: told in the same transaction."""
        return self._tell(kind, data, self.now)

    def _tell(self, kind: type[EventData], data: dict[str, Any], time: datetime) -> Event:
        row = CATALOGUE[kind]
        subject_id = data[row.subject_field]
        subject = f"{row.by}:{row.subject}/{subject_id}"
        self._heads[subject] += 1
        told = event(kind, subject_id, data, sequence=self._heads[subject], time=time)
        self.told.append(told)
        return told
