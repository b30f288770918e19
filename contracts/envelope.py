"""The form of an event on the wire: CloudEvents 1.0, structured JSON, after the NL GOV profile for CloudEvents.

Attributes and their sources are in design section 3. :func:`parse` never guesses: what it cannot read it refuses with
the reason, and the inbox parks the bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urljoin

import orjson
from marshmallow import ValidationError

from contracts.catalogue import BY_TYPE, CATALOGUE
from contracts.event import TYPE_PREFIX, EventData

CONTENT_TYPE = "application/cloudevents+json"
MAX_BYTES = 64 * 1024
SCHEMA_HOME = "https://meedoen.example/schemas/"
_TYPE = re.compile(rf"^{re.escape(TYPE_PREFIX)}(?P<name>[a-z0-9-]+)\.v(?P<version>\d+)$")


class Unreadable(Exception):
    """These bytes are not an event that we know."""

    reason = "unreadable"


class NotAnEvent(Unreadable):
    """Not a CloudEvent in structured JSON."""

    reason = "not-an-event"


class UnknownType(Unreadable):
    """A type or version that the catalogue does not hold."""

    reason = "unknown-type"


class BreaksSchema(Unreadable):
    """The data breaks the event's schema."""

    reason = "breaks-schema"


class TooLarge(Exception):
    """An event may not exceed 64 KB."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as handlers see it. `data` is loaded: snake_case keys, aware datetimes, defaults filled in."""

    event: type[EventData]
    id: str
    source: str
    subject: str
    time: datetime
    sequence: int
    partition_key: str
    data: dict[str, Any]
    causation_id: str | None = None
    traceparent: str | None = None
    raw: bytes = field(default=b"", repr=False, compare=False)

    @property
    def type(self) -> str:
        return self.event.type

    @property
    def subject_id(self) -> str:
        """The id behind the slash of `subject`."""
        return self.subject.partition("/")[2]


@cache
def schema_of(event: type[EventData]) -> EventData:
    """The one schema instance of an event class: making one is dear, using it is safe."""
    return event()


def dataschema(event: type[EventData]) -> str:
    """Absolute address of the published JSON Schema of this event and version."""
    return urljoin(SCHEMA_HOME, f"{event.slug}.v{event.version}.json")


def dump_data(event: type[EventData], data: dict[str, Any]) -> dict[str, Any]:
    """Data as it goes on the wire, validated. Raises ValueError for data that its own schema refuses."""
    schema = schema_of(event)
    unknown = data.keys() - schema.fields.keys()
    wire: dict[str, Any] = schema.dump(data)
    problems: dict[str, Any] = schema.validate(wire) | {name: ["Unknown field."] for name in unknown}
    if problems:
        raise ValueError(f"{event.type} would break its own schema: {problems}")
    return wire


def render(event: Event) -> bytes:
    """The event as bytes for the wire. Raises TooLarge above 64 KB."""
    envelope = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": event.time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "dataschema": dataschema(event.event),
        "datacontenttype": "application/json",
        "sequence": str(event.sequence),
        "sequencetype": "Integer",
        "partitionkey": event.partition_key,
        "data": dump_data(event.event, event.data),
    }
    if event.causation_id:
        envelope["causationid"] = event.causation_id
    if event.traceparent:
        envelope["traceparent"] = event.traceparent
    body = orjson.dumps(envelope)
    if len(body) > MAX_BYTES:
        raise TooLarge(f"{event.type} {event.id}: {len(body)} bytes")
    return body


def parse(raw: bytes) -> Event:
    """Bytes off the wire → Event. Raises a subclass of :class:`Unreadable` that says what is wrong."""
    envelope = _attributes(raw)
    told = BY_TYPE.get(envelope["type"])
    if told is None:
        known = _TYPE.match(envelope["type"])
        raise UnknownType(envelope["type"] if known else f"not one of ours: {envelope['type'][:100]}")
    try:
        data: dict[str, Any] = schema_of(told.event).load(envelope.get("data") or {})
    except ValidationError as problem:
        raise BreaksSchema(f"{told.event.type}: fields {sorted(problem.messages_dict)}") from problem
    return Event(
        event=told.event,
        id=envelope["id"],
        source=envelope["source"],
        subject=envelope["subject"],
        time=datetime.fromisoformat(envelope["time"]),
        sequence=int(envelope["sequence"]),
        partition_key=envelope["partitionkey"],
        data=data,
        causation_id=envelope.get("causationid"),
        traceparent=envelope.get("traceparent"),
        raw=raw,
    )


_REQUIRED = ("id", "source", "type", "subject", "time", "sequence", "partitionkey")


def _attributes(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_BYTES:
        raise NotAnEvent(f"{len(raw)} bytes, more than {MAX_BYTES}")
    try:
        envelope = orjson.loads(raw)
    except orjson.JSONDecodeError as problem:
        raise NotAnEvent("not JSON") from problem
    if not isinstance(envelope, dict) or envelope.get("specversion") != "1.0":
        raise NotAnEvent("not a CloudEvent 1.0")
    missing = [name for name in _REQUIRED if not isinstance(envelope.get(name), str) or not envelope[name]]
    if missing:
        raise NotAnEvent(f"attributes missing: {', '.join(missing)}")
    try:
        moment = datetime.fromisoformat(envelope["time"])
        int(envelope["sequence"])
    except ValueError as problem:
        raise NotAnEvent("time or sequence cannot be read") from problem
    if moment.tzinfo is None:
        raise NotAnEvent("time without a zone")
    return envelope


__all__ = [
    "CATALOGUE", "CONTENT_TYPE", "MAX_BYTES", "BreaksSchema", "Event", "NotAnEvent", "TooLarge", "UnknownType",
    "Unreadable", "dataschema", "dump_data", "parse", "render", "schema_of",
]  # fmt: skip
