"""What notifications tells: which notices reached their mailbox."""

from __future__ import annotations

from marshmallow import fields

from contracts.event import EventData
from contracts.fields import Code, Id

TEMPLATES = (
    "referral-accepted",
    "referral-for-triage",
    "referral-file-processed",
    "need-unplaced",
    "referral-overdue",
    "referral-answered",
)
FAILURES = ("address-refused", "message-refused", "attempts-exhausted")


class NotificationDelivered(EventData):
    """The mail server took a notice."""

    notification_id = Id(required=True)
    template = Code(TEMPLATES, required=True)
    channel = Code(("e-mail",), required=True)
    library_id = Id(required=True)
    referral_id = Id(allow_none=True, load_default=None)


class NotificationFailed(NotificationDelivered):
    """A notice could not be delivered for good; it stays among the notices and operations is told."""

    reason = Code(FAILURES, required=True)
    attempts = fields.Integer(strict=True, required=True)
