"""What a partner says when it refers someone. What is refused and what goes to a coordinator: ADR 0026."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.http.schemas import Schema
from contracts import codes
from contracts.fields import Code, Municipality, Postcode4
from services.intake.domain.asked import (
    CIVIC_ROUTES,
    CONFIRMABLE,
    CONSTRAINTS,
    GUARDIANS,
    HOW_INFORMED,
    PURPOSES,
    RELATIONS,
    TRAVEL_BY,
)

SHORT = validate.Length(min=1, max=100)
LANGUAGE = validate.Length(min=1, max=40)
TEXT = validate.Length(max=1000)
OLDEST_CHILD, LARGEST_HOUSEHOLD, FURTHEST_MINUTES = 17, 20, 180
AGE = fields.Integer(strict=True, validate=validate.Range(min=0, max=OLDEST_CHILD))


class _Reachable(Schema):
    phone = fields.String(validate=validate.Length(max=40), allow_none=True)
    email = fields.String(validate=validate.Length(max=254), allow_none=True)


class ContactPerson(_Reachable):
    """Through whom the participant is reached. Of a child under 16 a parent or guardian, who decides."""

    name = fields.String(required=True, validate=SHORT)
    relation = Code(RELATIONS, load_default="other")


class Guardian(_Reachable):
    """Who decides for a child under 16."""

    name = fields.String(required=True, validate=SHORT)
    relation = Code(GUARDIANS, load_default="parent")


class Household(Schema):
    """With whom the participant lives. Stays in intake, encrypted."""

    adults = fields.Integer(strict=True, validate=validate.Range(min=1, max=LARGEST_HOUSEHOLD), allow_none=True)
    children_ages = fields.List(
        AGE,
        load_default=list,
        validate=validate.Length(max=LARGEST_HOUSEHOLD),
        metadata={"description": "In whole years, one for each child."},
    )


class Travel(Schema):
    """How far the participant can come by themselves."""

    minutes = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=FURTHEST_MINUTES),
        allow_none=True,
        metadata={"description": "At most, one way."},
    )
    by = fields.List(Code(TRAVEL_BY), load_default=list)


class NewParticipant(_Reachable):
    """Who is referred. One way of contact is required: `phone` or `email`, of the person or of `contactPerson`."""

    given_name = fields.String(validate=SHORT, allow_none=True)
    family_name = fields.String(required=True, validate=SHORT, metadata={"description": "Or the only name."})
    birth_date = fields.Date(allow_none=True)
    contact_language = fields.String(validate=LANGUAGE, allow_none=True)
    interpreter_needed = fields.Boolean(allow_none=True, truthy={True}, falsy={False})
    contact_preference = Code(codes.ANSWER_CHANNELS, allow_none=True)
    contact_person = fields.Nested(ContactPerson, allow_none=True)
    shielded_address = fields.Boolean(
        allow_none=True,
        truthy={True},
        falsy={False},
        metadata={"description": "The address is secret: the postcode is then kept encrypted and told to nobody."},
    )
    household = fields.Nested(Household, allow_none=True)


class NewNeed(Schema):
    """One goal. The library translates it into a kind, unless the partner names one."""

    goal = Code(codes.GOALS, required=True)
    kind = Code(codes.KINDS, allow_none=True)


class Informed(Schema):
    """When, in which language and how the person was told what happens with these data."""

    on = fields.Date(required=True)
    language = fields.String(validate=LANGUAGE, allow_none=True)
    how = Code(HOW_INFORMED, allow_none=True)
    interpreter = fields.Boolean(
        allow_none=True, truthy={True}, falsy={False}, metadata={"description": "Whether one was there."}
    )


class ExplicitConsent(Schema):
    """Consent apart from the legal basis, for constraints from which belief or health could be guessed."""

    on = fields.Date(required=True)
    how = Code(("oral", "written"), required=True)
    given_by = Code(("participant", "guardian"), required=True)


class CaseWorker(_Reachable):
    """The partner's employee, whom the library can ask."""

    name = fields.String(required=True, validate=SHORT)


class NewReferral(Schema):
    """A person with one or more needs.

    Required: a name, one way of contact, a need, and a municipality or four-digit postcode. Without a legal basis, when
    nobody told the person, or without a guardian for a child under 16, it is taken in and waits for a coordinator.
    """

    participant = fields.Nested(NewParticipant, required=True)
    municipality = Municipality(allow_none=True)
    postcode4 = Postcode4(allow_none=True)
    needs = fields.List(fields.Nested(NewNeed), required=True, validate=validate.Length(min=1, max=10))
    purpose = Code(PURPOSES, allow_none=True, metadata={"description": "Default: the first one agreed."})
    legal_basis = Code(codes.LEGAL_BASES, allow_none=True, metadata={"description": "One that was agreed."})
    legal_basis_text = fields.String(
        validate=TEXT, allow_none=True, metadata={"description": "With `other`; default: as agreed with the partner."}
    )
    informed = fields.Nested(Informed, allow_none=True)
    explicit_consent = fields.Nested(ExplicitConsent, allow_none=True)
    household_key = fields.String(
        validate=validate.Length(min=1, max=40),
        allow_none=True,
        metadata={"description": "The partner's own key of the household: referrals with the same key are one."},
    )
    spoken_level = Code(codes.SPOKEN_LEVELS, load_default="unknown")
    spoken_level_how = Code(codes.HOW_MEASURED, allow_none=True)
    spoken_level_on = fields.Date(allow_none=True)
    literacy = Code(codes.LITERACY_LEVELS, load_default="unknown")
    literacy_how = Code(codes.HOW_MEASURED, allow_none=True)
    literacy_on = fields.Date(allow_none=True)
    digital_skill = Code(codes.DIGITAL_SKILLS, load_default="unknown")
    learner_track = Code(codes.LEARNER_TRACKS, load_default="unknown")
    availability = fields.List(
        Code(codes.AVAILABILITY_SLOTS),
        load_default=list,
        metadata={"description": "Empty: not known, so any time."},
    )
    travel = fields.Nested(Travel, allow_none=True)
    features = fields.List(
        Code(CONSTRAINTS),
        load_default=list,
        metadata={"description": "What an activity must have, never why. `evening-only` becomes availability."},
    )
    civic_integration_duty = Code(codes.CIVIC_INTEGRATION_DUTIES, load_default="unknown")
    civic_integration_route = fields.List(Code(CIVIC_ROUTES), load_default=list)
    target_group = Code(codes.TARGET_GROUPS, load_default="unknown")
    reference = fields.String(
        validate=SHORT, allow_none=True, metadata={"description": "The partner's own reference, given back to it."}
    )
    remarks = fields.String(
        validate=TEXT,
        allow_none=True,
        metadata={"description": "Never a BSN, a V-number or anything about health: those are refused."},
    )
    confirmed = fields.List(
        Code(tuple(CONFIRMABLE)),
        load_default=list,
        metadata={
            "description": "Fields in which something was found that may not be sent, and that the case worker looked "
            "at again: it is something else. A number that is called a BSN or V-number is refused all the same."
        },
    )
    case_worker = fields.Nested(
        CaseWorker,
        allow_none=True,
        metadata={"description": "Send it with each referral: without it the library has nobody to ask."},
    )
