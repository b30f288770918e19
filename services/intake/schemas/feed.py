"""Payload of the feed: CloudEvents 1.0 whose names are that standard's."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.http import PageQuery
from chassis.http.schemas import Schema
from contracts import codes
from contracts.fields import Code, Id, Time
from services.intake.domain.needs import Status


class FeedData(Schema):
    """Where a need was after this; status and business status are those of FHIR Task."""

    referral_id = Id(required=True)
    need_id = Id(required=True)
    kind = Code(codes.KINDS, required=True)
    by = fields.String(required=True, metadata={"description": "partner, rule, coordinator, library, or who answered."})
    status = fields.String(required=True, validate=validate.OneOf(tuple(Status)))
    business_status = fields.String(required=True, allow_none=True)
    reasons = fields.List(fields.String(), metadata={"description": "Codes, as far as was agreed."})


class FeedEvent(Schema):
    """One thing that happened to a need of one of your referrals."""

    specversion = fields.String(required=True, metadata={"description": "1.0"})
    id = fields.String(required=True, metadata={"description": "The same whenever the same is read again."})
    source = fields.String(required=True)
    type = fields.String(required=True, metadata={"example": "nl.newcomers.feed.enrolled.v1"})
    subject = fields.String(required=True, metadata={"description": "`referral/` and its id."})
    time = Time(required=True, metadata={"description": "When it happened; the order is that of the feed."})
    datacontenttype = fields.String(required=True)
    data = fields.Nested(FeedData, required=True)


class FeedQuery(PageQuery):
    """From where. Keep the cursor in `next` and go on from it, also when there was nothing."""
