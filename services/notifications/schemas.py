"""HTTP payloads of notifications: what a library should know, without a name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from marshmallow import fields

from chassis.http import PageQuery
from chassis.http.schemas import Schema
from contracts import codes
from contracts.fields import Code, Count, Id, Municipality, Time
from contracts.notifications import TEMPLATES
from services.notifications.mails import sentence

NOTICE_CODES = (
    "referral-accepted",
    "referral-for-triage",
    "referral-rejected",
    "referral-information-requested",
    "referral-answered",
    "need-added",
    "contact-attempted",
    "intake-talk-recorded",
    "referral-transferred",
    "referral-withdrawn",
    "referral-closed",
    "referral-overdue",
    "referral-file-processed",
    "place-held",
    "placement-agreed",
    "placement-declined",
    "participant-enrolled",
    "enrolment-ended",
    "participant-waitlisted",
    "need-unplaced",
)
MAIL_STATUSES = ("waiting", "delivered", "failed")


class Notice(Schema):
    """Something that a library should know. Who it is about, intake knows."""

    notice_id = Id(required=True)
    code = Code(NOTICE_CODES, required=True)
    library_id = Id(required=True)
    at = Time(required=True, metadata={"description": "When it happened."})
    read_at = Time(required=True, allow_none=True, metadata={"description": "null: nobody has read it yet."})
    mailed = fields.Boolean(required=True, metadata={"description": "A mail says it too."})
    text = fields.String(required=True, metadata={"description": "In Dutch."})
    text_en = fields.String(required=True, metadata={"description": "In English."})
    referral_id = Id(required=True, allow_none=True)
    need_id = Id(required=True, allow_none=True)
    enrolment_id = Id(required=True, allow_none=True)
    referral_file_id = Id(required=True, allow_none=True)
    partner_id = Id(required=True, allow_none=True)
    partner_name = fields.String(required=True, allow_none=True)
    kind = Code(codes.KINDS, metadata={"description": "Of a need or a place."})
    municipality = Municipality(allow_none=True)
    contact_by = fields.Date(metadata={"description": "The last day to get in touch or decide, in Amsterdam."})
    starts_at = Time(metadata={"description": "The first session of a place."})
    accepted = Count(metadata={"description": "Of a file: new referrals."})
    triage = Count(metadata={"description": "Of a file: referrals to decide on."})


class NoticeQuery(PageQuery):
    """Which notices to list, newest first: of the caller's libraries."""

    unread = fields.Boolean(load_default=False, metadata={"description": "Only those that nobody has read yet."})
    code = Code(NOTICE_CODES)


class NoticeChange(Schema):
    """Mark a notice as read, or as unread again."""

    read = fields.Boolean(required=True)


class Mail(Schema):
    """What became of a mail: not its text, nor its address."""

    mail_id = Id(required=True)
    template = Code(TEMPLATES, required=True)
    library_id = Id(required=True)
    referral_id = Id(required=True, allow_none=True)
    status = Code(MAIL_STATUSES, required=True)
    attempts = Count(required=True)
    last_error = fields.String(
        required=True, allow_none=True, metadata={"description": "A code of ours and the mail server's reply code."}
    )
    made_at = Time(required=True)
    due_at = Time(required=True, metadata={"description": "While it waits: when it is tried again."})
    ended_at = Time(required=True, allow_none=True, metadata={"description": "null: it still waits."})


class MailQuery(PageQuery):
    """Which mails to list, newest first."""

    status = Code(MAIL_STATUSES)


def notice(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the store as :class:`Notice` describes it."""
    facts = row["facts"]
    said = {language: sentence(row["code"], language, row["partner_name"], facts) for language in ("nl", "en")}
    shown = {name: facts[name] for name in ("kind", "municipality", "accepted", "triage") if name in facts}
    if "contact_by" in facts:
        shown["contact_by"] = date.fromisoformat(facts["contact_by"])
    if "starts_at" in facts:
        shown["starts_at"] = datetime.fromisoformat(facts["starts_at"])
    return {**row, **shown, "mailed": row["mail"] == "mailed", "text": said["nl"], "text_en": said["en"]}
