"""What the operations endpoints of every service take and return."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.http.schemas import Schema
from contracts.fields import Count, Time

_COUNTED = {"description": "10,000 where there are more."}
_FAILURE = {"description": "Type, place and, where it holds no data, message of the error."}


class FlowHead(Schema):
    """A subject that this service told of, and how far."""

    subject = fields.String(required=True, metadata={"example": "referral/0b0e3a4e-7d0c-4f6e-9d2c-6f6f7c0e4c11"})
    last_sequence = fields.Integer(required=True, validate=validate.Range(min=1, max=2**63 - 1))
    last_time = Time(required=True)


class WaitingEvent(Schema):
    """An event that was put aside; without its data."""

    event_id = fields.UUID(required=True)
    event_type = fields.String(allow_none=True)
    source = fields.String(allow_none=True)
    subject = fields.String(allow_none=True)
    partition_key = fields.String(allow_none=True)
    event_time = Time(allow_none=True)
    queue = fields.String(required=True)
    attempts = Count(required=True)
    error = fields.Dict(allow_none=True, metadata=_FAILURE)


class DeferredEvent(WaitingEvent):
    """An event that is tried again, or waits behind one."""

    deferred_at = Time(required=True)
    next_attempt_at = Time(allow_none=True, metadata={"description": "Null: it waits behind a parked event."})


class ParkedEvent(WaitingEvent):
    """An event that somebody must decide about."""

    reason = fields.String(required=True, metadata={"example": "attempts-exhausted"})
    parked_at = Time(required=True)
    behind = Count(
        required=True, metadata={"description": "How many events wait behind it; 1,000 where there are more."}
    )


class ParkedEventWhole(ParkedEvent):
    """With the bytes as they came in."""

    raw = fields.String(required=True, metadata={"format": "byte", "description": "Base64."})


class Decided(Schema):
    """What happens to the event now."""

    event_id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(("deferred", "discarded")))


class Discard(Schema):
    """Why an event is thrown away."""

    reason = fields.String(required=True, validate=validate.Length(min=3, max=500))


class Replay(Schema):
    """What to publish again: one subject, or all since a moment, or both."""

    subject = fields.String(load_default=None, validate=validate.Length(min=3, max=200))
    since = Time(load_default=None)
    after = fields.Integer(
        strict=True, load_default=0, validate=validate.Range(min=0, max=2**63 - 1),
        metadata={"description": "Where the lot before ended: its `next`."},
    )  # fmt: skip


class Replayed(Schema):
    """How many events were put back into the outbox."""

    replayed = Count(required=True)
    next = fields.Integer(
        required=True, allow_none=True,
        metadata={"description": "Send it as `after` with the same subject and moment to go on. Null: that was all."},
    )  # fmt: skip


class OutboxDelivery(Schema):
    """What waits to be published."""

    depth = Count(required=True)
    oldest_seconds = fields.Float(required=True)


class QueueDelivery(Schema):
    """One queue as the answering process attends it."""

    name = fields.String(required=True)
    partition = Count(required=True)
    state = fields.String(required=True, metadata={"example": "active"})
    active = fields.Boolean(required=True)
    last_applied_lag_seconds = fields.Float(allow_none=True)


class Delivery(Schema):
    """How delivery stands, out and in."""

    outbox = fields.Nested(OutboxDelivery, required=True)
    deferred = Count(required=True, metadata=_COUNTED)
    parked = Count(required=True, metadata=_COUNTED)
    behind_parked = Count(required=True, metadata=_COUNTED)
    relay_active = fields.Boolean(required=True)
    queues = fields.List(fields.Nested(QueueDelivery), required=True)
