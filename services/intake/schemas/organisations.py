"""Payloads about libraries and partners."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.http import PageQuery
from chassis.http.schemas import Schema, coded
from contracts import codes
from contracts.fields import Code, Id, Municipality, Time
from contracts.working_days import LONGEST_CLOSURE, MOST_CLOSURES
from services.intake.domain.asked import PURPOSES
from services.intake.domain.feedback import LEVELS, USUAL

LANGUAGES = ("nl", "en")
CONTACT_WITHIN = validate.Range(min=1, max=60, error=coded("From 1 to 60 working days.", "days-wrong"))
USUAL_BASES = ("consent", "public-task", "agreement")
SOME = validate.Length(min=1, max=10)
NAME = validate.Length(min=1, max=200)
FEEDBACK = LEVELS
"""What a partner may be told of a need beyond that it is worked on: that there is a place, that it ended, and why."""
WRONG_CLOSURE = coded(f"Ends before it begins, or after more than {LONGEST_CLOSURE.days} days.", "closure-wrong")


class Area(Schema):
    """A municipality that a library serves, and for which kinds; no kinds means every kind."""

    municipality = Municipality(required=True)
    kinds = fields.List(Code(codes.KINDS), load_default=list, dump_default=list)


class ClosedDays(Schema):
    """Days on which a library is closed, both ends included; they do not count as working days."""

    from_ = fields.Date(required=True)
    through = fields.Date(required=True)

    @validates_schema
    def in_order(self, data: dict[str, Any], **_: Any) -> None:
        if not timedelta(0) <= data["through"] - data["from_"] <= LONGEST_CLOSURE:
            raise ValidationError(WRONG_CLOSURE, "through")


class LibraryDetails(Schema):
    """All that can be changed of a library."""

    name = fields.String(required=True, validate=NAME)
    mailbox = fields.Email(
        required=True,
        validate=validate.Length(max=254),
        metadata={"description": "A functional address (`taalhuis@…`), never a person's."},
    )
    language = Code(LANGUAGES, load_default="nl")
    serves = fields.List(fields.Nested(Area), required=True, validate=validate.Length(max=400))
    contact_within_days = fields.Integer(
        load_default=codes.DAYS_TO_CONTACT,
        validate=CONTACT_WITHIN,
        metadata={"description": "Working days within which it gets in touch with whoever was referred."},
    )
    closures = fields.List(
        fields.Nested(ClosedDays),
        load_default=list,
        validate=validate.Length(max=MOST_CLOSURES),
        metadata={"description": "Closing weeks. Weekends and Dutch public holidays never count."},
    )


class NewLibrary(LibraryDetails):
    """A library that takes part. Sending the same `libraryId` (or name) again changes nothing."""

    library_id = Id(metadata={"description": "Chosen by the sender; otherwise intake makes one."})


class Library(LibraryDetails):
    """A library as it is now."""

    library_id = Id(required=True)
    registered_at = Time(required=True)
    changed_at = Time(required=True)


class NewPartner(Schema):
    """A partner organisation that may refer people. Sending the same `partnerId` again changes nothing."""

    partner_id = Id(metadata={"description": "Chosen by the sender; otherwise intake makes one."})
    name = fields.String(required=True, validate=NAME)
    municipalities = fields.List(
        Municipality(),
        load_default=list,
        validate=validate.Length(max=400),
        metadata={"description": "It refers people from these; empty means all."},
    )
    purposes = fields.List(
        Code(PURPOSES),
        load_default=lambda: [PURPOSES[0]],
        validate=SOME,
        metadata={"description": "What it refers people for. A referral that does not say gets the first."},
    )
    legal_bases = fields.List(
        Code(codes.LEGAL_BASES),
        load_default=lambda: list(USUAL_BASES),
        validate=SOME,
        metadata={"description": "A referral's legal basis has to be one of these."},
    )
    legal_basis_text = fields.String(
        validate=validate.Length(max=1000), allow_none=True, metadata={"description": "Which one `other` is."}
    )
    feedback = fields.List(
        fields.String(validate=validate.OneOf(FEEDBACK)),
        load_default=lambda: list(USUAL),
        metadata={"description": "What was agreed that it learns of each need, beyond that it is being worked on."},
    )


class PartnerChange(Schema):
    """What is to be changed of a partner; what is left out stays."""

    name = fields.String(validate=NAME)
    status = Code(codes.PARTNER_STATUSES)
    municipalities = fields.List(Municipality(), validate=validate.Length(max=400))
    purposes = fields.List(Code(PURPOSES), validate=SOME)
    legal_bases = fields.List(Code(codes.LEGAL_BASES), validate=SOME)
    legal_basis_text = fields.String(validate=validate.Length(max=1000), allow_none=True)
    feedback = fields.List(fields.String(validate=validate.OneOf(FEEDBACK)))


class Secret(Schema):
    """A client secret that is valid now; the secret itself is never shown again."""

    secret_id = fields.String(required=True)
    created_at = Time(required=True)
    last_used_at = Time(required=True, allow_none=True)


class Partner(Schema):
    """A partner as it is now. `clientId` is its name at `/oauth/token`."""

    partner_id = Id(required=True)
    client_id = fields.String(required=True)
    name = fields.String(required=True)
    status = Code(codes.PARTNER_STATUSES, required=True)
    municipalities = fields.List(Municipality(), required=True)
    purposes = fields.List(Code(PURPOSES), required=True)
    legal_bases = fields.List(Code(codes.LEGAL_BASES), required=True)
    legal_basis_text = fields.String(required=True, allow_none=True)
    feedback = fields.List(fields.String(), required=True)
    tokens_valid_from = Time(required=True)
    registered_at = Time(required=True)
    changed_at = Time(required=True)
    secrets = fields.List(fields.Nested(Secret), required=True)


class RegisteredPartner(Partner):
    """A new partner with its first client secret, which is shown this once. A repeat shows none."""

    client_secret = fields.String()


class NewSecret(Schema):
    """A fresh client secret, shown this once."""

    client_id = fields.String(required=True)
    client_secret = fields.String(required=True)


class LibraryQuery(PageQuery):
    """Which libraries."""

    name = fields.String(validate=NAME, metadata={"description": "Its whole name, whatever the case."})


class PartnerQuery(PageQuery):
    """Which partners: all filters together."""

    status = Code(codes.PARTNER_STATUSES)
    name = fields.String(validate=NAME, metadata={"description": "Its whole name, whatever the case."})
