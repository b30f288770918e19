"""From raw bytes to an event, or to what is known about bytes that are none."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from contracts.envelope import Event, Unreadable, parse
from contracts.event import EventData


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as the broker handed it over. `redeliveries` is the quorum queue's `x-delivery-count`, from 0."""

    raw: bytes
    redeliveries: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """What the inbox knows of one delivery: who it is, where it stands in line, and the event if it can be read.

    `id` is the event's own, or one derived from the bytes when they hold none, so that it is the same on each
    delivery. Without a `partition_key` nothing can queue up behind it; without a `time` it is in no inbox partition.
    """

    raw: bytes
    id: str
    redeliveries: int = 0
    event: Event | None = None
    reason: str | None = None
    error: dict[str, Any] | None = None
    partition_key: str | None = None
    type: str | None = None
    source: str | None = None
    subject: str | None = None
    time: datetime | None = None


def read(delivery: Delivery, hears: Container[type[EventData]] | None = None) -> Letter:
    """Read one delivery. Never raises: what cannot be read has no event, but a reason and an error.

    Of several versions told together it is the newest that is in `hears`, if any is.
    """
    try:
        event = parse(delivery.raw, hears)
        identity, moment = str(UUID(event.id)), event.time.astimezone(UTC)
    except Unreadable as problem:
        return _unreadable(delivery, problem.reason, str(problem) or problem.reason)
    except Exception as problem:  # noqa: BLE001 (bytes from outside: whatever they do to a parser, they are parked)
        return _unreadable(delivery, "not-an-event", f"cannot be read: {type(problem).__name__}")
    if not all(map(_text, (event.partition_key, event.source, event.subject))):
        return _unreadable(delivery, "not-an-event", "an attribute holds NUL or more than 500 characters")
    return Letter(
        raw=delivery.raw,
        id=identity,
        redeliveries=delivery.redeliveries,
        event=event,
        partition_key=event.partition_key,
        type=event.type,
        source=event.source,
        subject=event.subject,
        time=moment,
    )


def _unreadable(delivery: Delivery, reason: str, error: str) -> Letter:
    envelope = _attributes(delivery.raw)
    identity = _uuid(envelope.get("id"))
    return Letter(
        raw=delivery.raw,
        id=identity or str(UUID(bytes=hashlib.sha256(delivery.raw).digest()[:16])),
        redeliveries=delivery.redeliveries,
        reason=reason,
        error={"message": error.replace("\x00", "")},
        partition_key=_text(envelope.get("partitionkey")),
        type=_text(envelope.get("type")),
        source=_text(envelope.get("source")),
        subject=_text(envelope.get("subject")),
        time=_moment(envelope.get("time")) if identity else None,
    )


def _attributes(raw: bytes) -> dict[str, Any]:
    try:
        envelope = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return envelope if isinstance(envelope, dict) else {}


def _text(value: object) -> str | None:
    """A readable attribute. PostgreSQL keeps no NUL in text, and an attribute that long is no attribute."""
    return value if isinstance(value, str) and 0 < len(value) <= 500 and "\x00" not in value else None


def _uuid(value: object) -> str | None:
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
