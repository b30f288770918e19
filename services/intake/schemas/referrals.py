"""Payloads about referrals (*aanmeldingen*), their needs (*leervragen*) and participants."""

from __future__ import annotations

from datetime import UTC, datetime

from marshmallow import fields, validate

from chassis.http import PageQuery
from chassis.http.schemas import Schema
from contracts import codes
from contracts.fields import Code, Count, Id, Municipality, Time
from services.intake.domain.asked import PURPOSES
from services.intake.domain.course import Contact
from services.intake.domain.needs import WORDS, Status, Step
from services.intake.schemas.casework import OpenQuestion
from services.intake.schemas.referring import CaseWorker, ContactPerson, Guardian, Household, Informed, Travel

STATUSES = tuple(status.value for status in Status)


class TimelineEntry(Schema):
    """One thing that happened to a need."""

    at = Time(required=True)
    what = fields.String(required=True, validate=validate.OneOf(WORDS))
    by = fields.String(required=True, metadata={"description": "partner, rule, coordinator, library, or who answered."})
    actor = fields.String(metadata={"description": "The subject of the token of whoever did it; for staff."})
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    business_status = fields.String(required=True, allow_none=True)
    reasons = fields.List(fields.String(), metadata={"description": "Codes."})


class NeedSummary(Schema):
    """A need and where it stands. Status and business status are those of FHIR Task."""

    need_id = Id(required=True)
    goal = Code(codes.GOALS, required=True)
    kind = Code(codes.KINDS, required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    business_status = fields.String(required=True, allow_none=True)
    reason = fields.String(metadata={"description": "A code: why it was rejected, is unplaced or ended."})
    reasons = fields.List(fields.String(), metadata={"description": "All of them, the weightiest first."})
    enrolment_id = Id()
    starts_at = Time(metadata={"description": "The first meeting of its place."})


class Need(NeedSummary):
    """A need with what happened to it, oldest first."""

    timeline = fields.List(fields.Nested(TimelineEntry), required=True)


class ReferralSummary(Schema):
    """A referral in a list. Holds no name: staff of the library find it at the participant."""

    referral_id = Id(required=True)
    reference_number = fields.String(
        required=True, metadata={"description": "By which people speak of it: `4K7F-9QXC`. The last character checks."}
    )
    participant_id = Id(required=True)
    household_id = Id(allow_none=True, required=True)
    partner_id = Id(required=True)
    library_id = Id(allow_none=True, required=True)
    municipality = Municipality(allow_none=True, required=True)
    referral_file_id = Id(allow_none=True, required=True)
    row = Count(allow_none=True, required=True, metadata={"description": "The row of that file."})
    received_at = Time(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    purpose = Code(PURPOSES, required=True)
    triage_reasons = fields.List(Code(codes.TRIAGE_REASONS), required=True)
    contact_by = fields.Date(
        allow_none=True, required=True, metadata={"description": "The last day to get in touch; null: nobody has to."}
    )
    reference = fields.String(metadata={"description": "The partner's own; shown to the partner."})
    needs = fields.List(fields.Nested(NeedSummary), required=True)


class Referral(ReferralSummary):
    """A referral with the timeline of each need."""

    library_name = fields.String(
        allow_none=True, required=True, metadata={"description": "What to tell the person: where to expect word from."}
    )
    accepted_by = fields.String(validate=validate.OneOf(("rule", "coordinator")))
    rejection_reason = Code(codes.REJECTION_REASONS)
    needs = fields.List(fields.Nested(Need), required=True)
    duplicates = fields.List(
        Id(),
        metadata={"description": "Other referrals at this library of what is probably the same person; for its staff."},
    )
    case_worker = fields.Nested(CaseWorker, metadata={"description": "Whom to ask; for staff of the library."})
    incomplete = fields.List(
        fields.String(),
        metadata={"description": "What is asked of every referral, is not here, and may wait for the intake talk."},
    )
    open_question = fields.Nested(OpenQuestion, metadata={"description": "What the partner was asked; on hold."})
    contact = Code(tuple(Contact), metadata={"description": "How far contact is; for staff."})
    overdue_at = Time(allow_none=True, metadata={"description": "When the deadline was found passed; for staff."})
    allowed = fields.List(Code(tuple(Step)), metadata={"description": "What may be decided now; for staff."})


class ReferralQuery(PageQuery):
    """Which referrals: all filters together."""

    status = fields.String(validate=validate.OneOf(STATUSES))
    municipality = Municipality()
    referral_file_id = Id()
    participant_id = Id()


class Decision(Schema):
    """A coordinator's decision. Accepting may supply what was missing; rejecting gives a reason."""

    decision = fields.String(required=True, validate=validate.OneOf(("accept", "reject")))
    reason = Code(codes.REJECTION_REASONS)
    municipality = Municipality()
    library_id = Id(metadata={"description": "Of the coordinator's own: takes it though no table routes it there."})
    legal_basis = Code(codes.LEGAL_BASES)
    informed = fields.Nested(Informed)
    guardian = fields.Nested(Guardian, metadata={"description": "Of a child under 16, whom nobody named."})


class PlacementAnswer(Schema):
    """What the participant said about a place that is held: who said it, how and when."""

    answer = fields.String(required=True, validate=validate.OneOf(("agreed", "declined")))
    enrolment_id = Id(required=True)
    answered_by = Code(codes.ANSWERED_BY, required=True)
    channel = Code(codes.ANSWER_CHANNELS, required=True)
    answered_at = Time(
        validate=validate.Range(min=datetime(2000, 1, 1, tzinfo=UTC), error="Cannot be read as a moment of our time."),
        metadata={"description": "Default: now."},
    )


class Participant(Schema):
    """Who it is. Each look is written in the processing log."""

    participant_id = Id(required=True)
    household_id = Id(allow_none=True, required=True)
    library_id = Id(required=True)
    given_name = fields.String(allow_none=True)
    family_name = fields.String(required=True)
    birth_date = fields.Date(allow_none=True)
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    contact_language = fields.String(allow_none=True)
    interpreter_needed = fields.Boolean(allow_none=True)
    contact_preference = fields.String(allow_none=True)
    contact_person = fields.Nested(ContactPerson, allow_none=True)
    shielded_address = fields.Boolean(allow_none=True)
    household = fields.Nested(Household, allow_none=True)
    travel = fields.Nested(Travel, allow_none=True)
    civic_integration_route = fields.List(fields.String(), allow_none=True)
    postcode4 = fields.String(
        allow_none=True, metadata={"description": "Of a shielded address, which is in no event and no other answer."}
    )
    legal_basis_text = fields.String(allow_none=True)
    confirmed = fields.List(
        fields.String(), allow_none=True, metadata={"description": "Fields that the case worker looked at again."}
    )
    remarks = fields.String(allow_none=True)
    same_as = Id(allow_none=True, required=True, metadata={"description": "Probably this person, known first."})
