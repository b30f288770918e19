"""The form of an event on the wire: CloudEvents 1.0, structured JSON, after the NL GOV profile for CloudEvents.

A fact that is told in two versions is one message (ADR 0034): its type and `data` are the older's, so that whoever
knows that one reads it as ever; `data.v2` is the newer's, and the attribute `versions` says `1 2`.

Attributes and their sources are in design section 3. :func:`parse` never guesses: what it cannot read it refuses with
the reason, and the inbox parks the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Container
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
_NEWER = re.compile(r"v[1-9]\d{0,3}")


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


def told_together(event: type[EventData]) -> list[type[EventData]]:
    """The versions that one message of this event holds, the newest first: itself, and those that it replaces."""
    return [event, *(told_together(event.replaces) if event.replaces else ())]


def _dump_with_those_before(event: type[EventData], data: dict[str, Any]) -> dict[str, Any]:
    wire = dump_data(event, data)
    if event.replaces is None:
        return wire
    return _dump_with_those_before(event.replaces, event.as_before(data)) | {f"v{event.version}": wire}


def render(event: Event) -> bytes:
    """The event as bytes for the wire, with the versions that its own replaces. Raises TooLarge above 64 KB."""
    carrier = event.event.carrier
    envelope = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": carrier.type,
        "subject": event.subject,
        "time": event.time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "dataschema": dataschema(carrier),
        "datacontenttype": "application/json",
        "sequence": str(event.sequence),
        "sequencetype": "Integer",
        "partitionkey": event.partition_key,
        "data": _dump_with_those_before(event.event, event.data),
    }
    if carrier is not event.event:
        envelope["versions"] = " ".join(str(one.version) for one in reversed(told_together(event.event)))
    if event.causation_id:
        envelope["causationid"] = event.causation_id
    if event.traceparent:
        envelope["traceparent"] = event.traceparent
    body = orjson.dumps(envelope)
    if len(body) > MAX_BYTES:
        raise TooLarge(f"{event.type} {event.id}: {len(body)} bytes")
    return body


def parse(raw: bytes, hears: Container[type[EventData]] | None = None) -> Event:
    """Bytes off the wire → Event. Raises a subclass of :class:`Unreadable` that says what is wrong.

    Of several versions in one message it is the newest that is in `hears`, or else the newest that is known here.
    """
    envelope = _attributes(raw)
    if "versions" in envelope:
        event, wire = _version(envelope, hears)
    else:
        event, wire = _only(envelope["type"]), envelope.get("data")
    try:
        data: dict[str, Any] = schema_of(event).load(wire or {})
    except ValidationError as problem:
        raise BreaksSchema(f"{event.type}: fields {sorted(problem.messages_dict)}") from problem
    return Event(
        event=event,
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


def _only(event_type: str) -> type[EventData]:
    told = BY_TYPE.get(event_type)
    if told is None:
        known = _TYPE.match(event_type)
        raise UnknownType(event_type if known else f"not one of ours: {event_type[:100]}")
    return told.event


def _version(envelope: dict[str, Any], hears: Container[type[EventData]] | None) -> tuple[type[EventData], Any]:
    """Which version to read, and its data. The oldest may be one that this release does not declare any more."""
    data = envelope.get("data")
    within = {key: wire for key, wire in data.items() if _NEWER.fullmatch(key)} if isinstance(data, dict) else {}
    name = envelope["type"].rpartition(".v")[0]
    known = [
        (told.event, within[key]) for key in sorted(within, key=_number, reverse=True)
        if (told := BY_TYPE.get(f"{name}.{key}"))
    ]  # fmt: skip
    if not known or envelope["type"] in BY_TYPE:
        known.append((_only(envelope["type"]), data))
    return next(((event, wire) for event, wire in known if hears is None or event in hears), known[0])


def _number(key: str) -> int:
    return int(key[1:])


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
    "Unreadable", "dataschema", "dump_data", "parse", "render", "schema_of", "told_together",
]  # fmt: skip
