"""Payloads of what people do about a referral. Texts never hold a BSN, a V-number or anything about health."""

from __future__ import annotations

from datetime import UTC, datetime

from marshmallow import fields, validate

from chassis.http import PageQuery
from chassis.http.schemas import Schema
from contracts import codes
from contracts.fields import Code, Id, Postcode4, Time
from services.intake.domain.asked import CIVIC_ROUTES, CONSTRAINTS, HOW_INFORMED
from services.intake.domain.needs import Step
from services.intake.schemas.referring import LANGUAGE, CaseWorker, ExplicitConsent, Household, Travel

TEXT = validate.Length(max=2000)
OF_OUR_TIME = validate.Range(min=datetime(2000, 1, 1, tzinfo=UTC), error="Cannot be read as a moment of our time.")
SEALED = {"description": "Kept sealed in intake; no other service hears it."}


class Question(Schema):
    """What the library asks the partner. The referral is on hold until it is answered."""

    question = Code(codes.QUESTIONS, required=True)
    text = fields.String(validate=TEXT, allow_none=True, metadata=SEALED)


class QuestionAnswer(Schema):
    """The partner's answer: in words, or a corrected way to reach the person."""

    text = fields.String(validate=TEXT, allow_none=True, metadata=SEALED)
    phone = fields.String(validate=validate.Length(max=40), allow_none=True)
    email = fields.String(validate=validate.Length(max=254), allow_none=True)


class Reach(Schema):
    """How the person is reached now: a telephone number, an e-mail address, or both."""

    phone = fields.String(validate=validate.Length(max=40), allow_none=True)
    email = fields.String(validate=validate.Length(max=254), allow_none=True)


class ContactAttempt(Schema):
    """Somebody tried to reach the participant."""

    channel = Code(codes.ANSWER_CHANNELS, required=True)
    outcome = Code(codes.CONTACT_OUTCOMES, required=True)
    attempted_at = Time(validate=OF_OUR_TIME, metadata={"description": "Default: now."})
    intake_at = Time(validate=OF_OUR_TIME, metadata={"description": "With `intake-planned`: when the talk will be."})
    text = fields.String(validate=TEXT, allow_none=True, metadata=SEALED)


class KnownPerson(Schema):
    """How to speak with the participant, and with whom they live. Stays in intake, encrypted."""

    contact_language = fields.String(validate=LANGUAGE, allow_none=True)
    interpreter_needed = fields.Boolean(allow_none=True, truthy={True}, falsy={False})
    contact_preference = Code(codes.ANSWER_CHANNELS, allow_none=True)
    household = fields.Nested(Household, allow_none=True)


class HowToldOf(Schema):
    """In which language and how the person was told what happens with these data."""

    language = fields.String(validate=LANGUAGE, allow_none=True)
    how = Code(HOW_INFORMED, allow_none=True)
    interpreter = fields.Boolean(allow_none=True, truthy={True}, falsy={False})


class KnownFacts(Schema):
    """What is known of the participant, as POST /referrals takes it and by the same rules.

    What is left out stays as it is; null says that it is not known after all.
    """

    spoken_level = Code(codes.SPOKEN_LEVELS)
    spoken_level_how = Code(codes.HOW_MEASURED, allow_none=True)
    spoken_level_on = fields.Date(allow_none=True)
    literacy = Code(codes.LITERACY_LEVELS)
    literacy_how = Code(codes.HOW_MEASURED, allow_none=True)
    literacy_on = fields.Date(allow_none=True)
    digital_skill = Code(codes.DIGITAL_SKILLS)
    learner_track = Code(codes.LEARNER_TRACKS)
    availability = fields.List(Code(codes.AVAILABILITY_SLOTS), metadata={"description": "Empty: any time."})
    postcode4 = Postcode4(allow_none=True)
    travel = fields.Nested(Travel, allow_none=True)
    features = fields.List(Code(CONSTRAINTS), metadata={"description": "`evening-only` becomes availability."})
    explicit_consent = fields.Nested(ExplicitConsent)
    participant = fields.Nested(KnownPerson)
    civic_integration_duty = Code(codes.CIVIC_INTEGRATION_DUTIES)
    civic_integration_route = fields.List(Code(CIVIC_ROUTES))
    target_group = Code(codes.TARGET_GROUPS)
    informed = fields.Nested(HowToldOf)
    case_worker = fields.Nested(CaseWorker, allow_none=True)


class ReferralChange(KnownFacts):
    """A correction of what is known; needs without a place are matched again."""


class IntakeTalk(KnownFacts):
    """The intake talk as it was held: what was found, what the person wishes, what was agreed."""

    channel = Code(codes.ANSWER_CHANNELS, required=True)
    talked_at = Time(validate=OF_OUR_TIME, metadata={"description": "Default: now."})
    wishes = fields.String(validate=TEXT, allow_none=True, metadata=SEALED)
    agreed = fields.String(validate=TEXT, allow_none=True, metadata=SEALED)


class AddedNeed(Schema):
    """A further need, perhaps following from another one: internal referral. That one stays open until it is closed."""

    goal = Code(codes.GOALS, required=True)
    kind = Code(codes.KINDS, metadata={"description": "Default: the kind that the goal is first looked for in."})
    from_need_id = Id()


class Onward(Schema):
    """Where somebody is referred onward to."""

    to = Code(codes.ONWARD_TO, required=True)
    name = fields.String(validate=validate.Length(max=200), allow_none=True, metadata=SEALED)
    warm_handover = fields.Boolean(
        required=True, truthy={True}, falsy={False}, metadata={"description": "They were introduced there in person."}
    )


class Closure(Schema):
    """The end of these needs, or of all that are open. `onward` goes with `referred-onward`."""

    reason = Code(codes.CLOSING_REASONS, required=True)
    need_ids = fields.List(Id(), validate=validate.Length(min=1, max=100))
    onward = fields.Nested(Onward)
    text = fields.String(validate=TEXT, allow_none=True, metadata=SEALED)


class Transfer(Schema):
    """Another library is the controller from now on, and its coordinator decides anew."""

    library_id = Id(required=True)
    reason = Code(codes.TRANSFER_REASONS, required=True)
    text = fields.String(validate=TEXT, allow_none=True, metadata=SEALED)


class Withdrawal(Schema):
    """The partner takes its referral back; `entered-in-error` when it should never have been made."""

    reason = Code(codes.WITHDRAWAL_REASONS, required=True)


class Casework(Schema):
    """One thing that was done about a referral; `facts` of its sort in codes, and what was written."""

    casework_id = Id(required=True)
    what = fields.String(required=True, validate=validate.OneOf(tuple(Step)))
    at = Time(required=True, metadata={"description": "When it was done."})
    recorded_at = Time(required=True)
    by = fields.String(required=True, metadata={"description": "coordinator, partner or rule."})
    actor = fields.String(metadata={"description": "The subject of their token; for staff."})
    facts = fields.Dict(keys=fields.String(), required=True, metadata={"description": "Codes and moments."})
    written = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class CaseworkQuery(PageQuery):
    """Which of it: one sort, or all."""

    what = fields.String(validate=validate.OneOf(tuple(Step)))


class OpenQuestion(Schema):
    """What the library asked, and nobody has answered yet."""

    question = Code(codes.QUESTIONS, required=True)
    asked_at = Time(required=True)
    text = fields.String(metadata=SEALED)
