"""Payloads about staff: who may sign in to the pages, and with which rights where their provider says none."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.http import PageQuery
from chassis.http.schemas import Schema, coded
from contracts.fields import Code, Id, Municipality, Time
from services.intake.identity_providers import ASSIGNABLE

MEMBER_STATUSES = ("active", "taken-out")
BAD_EMAIL = coded("Not an e-mail address.", "bad-email")


class Assignment(Schema):
    """What somebody may do, and for whom. Claims of the identity provider go before it, part by part."""

    roles = fields.List(Code(ASSIGNABLE), load_default=list, validate=validate.Length(max=len(ASSIGNABLE)))
    library_ids = fields.List(Id(), load_default=list, validate=validate.Length(max=60))
    municipalities = fields.List(Municipality(), load_default=list, validate=validate.Length(max=400))
    partner_id = Id(load_default=None, allow_none=True, metadata={"description": "For whom a case worker refers."})


class NewMember(Assignment):
    """Somebody who has not signed in yet, known by the address that the identity provider vouches for."""

    provider = fields.String(required=True, validate=validate.Length(min=1, max=40))
    email = fields.Email(required=True, validate=validate.Length(max=254), error_messages={"invalid": BAD_EMAIL})


class MemberChange(Assignment):
    """The whole assignment anew. Open sessions end; `taken-out` keeps somebody out whatever their provider says."""

    status = Code(MEMBER_STATUSES, load_default="active")


class Member(Schema):
    """A member of staff."""

    staff_id = Id(required=True)
    provider = fields.String(required=True)
    name = fields.String(required=True)
    email = fields.String(allow_none=True, required=True)
    status = Code(MEMBER_STATUSES, required=True)
    roles = fields.List(Code(ASSIGNABLE), required=True)
    library_ids = fields.List(Id(), required=True)
    municipalities = fields.List(Municipality(), required=True)
    partner_id = Id(allow_none=True, required=True)
    signed_in_at = Time(allow_none=True, required=True)


class MemberQuery(PageQuery):
    """Which members: all filters together."""

    role = Code(ASSIGNABLE)
    status = Code(MEMBER_STATUSES)
    partner_id = Id(metadata={"description": "Who refers for this partner, as assigned here."})
    email = fields.String(
        validate=validate.Length(min=1, max=254),
        metadata={"description": "Who has this whole address at an identity provider of today."},
    )
