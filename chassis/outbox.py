"""How a service tells what happened: `self.tell(PlaceHeld, enrolment_id, …)`.

Nothing is published here. Told events wait in the unit and are written to the outbox when it commits, in the same
transaction as the change that they tell of; the relay carries them to the broker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import uuid_utils
from nameko.extensions import DependencyProvider

from chassis import metrics
from chassis.outbox_rows import Told, prepare
from chassis.service_database import ServiceDatabase, configured
from chassis.settings import OrganisationSettings
from chassis.tracing import current_traceparent
from chassis.unit import Unit, UnitOfWorker
from chassis.wakeup import Wakeup
from contracts.catalogue import CATALOGUE
from contracts.envelope import Event, schema_of
from contracts.event import EventData
from contracts.ids import is_id


class NotOurs(ValueError):
    """A service tells only what the catalogue says it tells."""


class Teller:
    """What a handler calls. `source` is this service's URN, `wake` is called after a commit that told something."""

    def __init__(
        self, unit: Callable[[], Unit], *, service: str, source: str, wake: Callable[[], None] | None = None
    ) -> None:
        self._unit = unit
        self._service = service
        self._source = source
        self._wake = wake

    def __call__(
        self,
        event: type[EventData],
        subject_id: str,
        /,
        *,
        cause: Event | None = None,
        traceparent: str | None = None,
        **data: Any,
    ) -> str:
        """Tell an event about the subject with this id; its data by name, in snake_case. The event's id.

        `cause` is the event that led to it, by default the one that the unit handles; `traceparent` the step of a trace
        that led to it, by default the cause's or the one at hand. Raises ValueError at once when
        the data breaks the event's schema or the event is not this service's to tell, TooLarge above 64 KB.
        """
        unit = self._unit()
        told = prepare(self._event(unit, event, subject_id, cause, traceparent, data))
        if not unit.told:
            unit.after_commit(partial(self._committed, unit, unit.told))
        unit.told.append(told)
        return told.event_id

    def in_bulk(self) -> None:
        """This unit's events may wait behind those of people who look at a screen."""
        self._unit().lane = "bulk"

    def _committed(self, unit: Unit, told: list[Told]) -> None:
        for kind, times in Counter(one.type for one in told).items():
            metrics.events_told.labels(type=kind).inc(times)
        # What is told in bulk goes out when the relay next looks, some hundred at once instead of one by one.
        if self._wake and unit.lane == "interactive":
            self._wake()

    def _event(
        self,
        unit: Unit,
        event: type[EventData],
        subject_id: str,
        cause: Event | None,
        traceparent: str | None,
        data: dict[str, Any],
    ) -> Event:
        row = CATALOGUE.get(event)
        if row is None or row.by != self._service:
            raise NotOurs(f"{event.__name__} is not told by {self._service}")
        if not is_id(subject_id):
            raise ValueError(f"{event.__name__}: the subject's id is not a UUID in lower case: {subject_id!r:.60}")
        if (
            row.subject_field in schema_of(event).fields
            and data.setdefault(row.subject_field, subject_id) != subject_id
        ):
            raise ValueError(f"{event.__name__}: {row.subject_field} is not the subject's id")
        # A group handler names each event's own cause, which has its own trace.
        traceparent = traceparent or (cause.traceparent if cause else current_traceparent() or unit.traceparent)
        cause = cause or unit.cause
        return Event(
            event=event,
            id=str(uuid_utils.uuid7()),
            source=self._source,
            subject=f"{row.subject}/{subject_id}",
            time=unit.now,
            sequence=0,
            # A missing one is refused with the rest of the data, when it is rendered.
            partition_key=data.get(row.partition_field, "") if row.by_referral else subject_id,
            data=data,
            causation_id=cause.id if cause else None,
            traceparent=traceparent or (cause.traceparent if cause else None),
        )


class Tells(DependencyProvider):
    """`tell = Tells()`."""

    database = ServiceDatabase()

    def setup(self) -> None:
        organisation = configured(self.container, OrganisationSettings)
        self._source = f"{organisation.urn}:systeem:{self.container.service_name}"
        self._wakeup: Wakeup | None = None

    def start(self) -> None:
        self._wakeup = Wakeup(self.database.database)
        self._wakeup.start()

    def stop(self) -> None:
        if self._wakeup is not None:
            self._wakeup.stop()

    kill = stop

    def get_dependency(self, worker_ctx: Any) -> Teller:
        return Teller(
            UnitOfWorker(worker_ctx),
            service=self.container.service_name,
            source=self._source,
            wake=self._wakeup.wake if self._wakeup else None,
        )
