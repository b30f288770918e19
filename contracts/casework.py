"""What intake tells while people work on a referral: questions, contact, the intake talk, and how it ends."""

from __future__ import annotations

from marshmallow import fields, validate

from contracts import codes
from contracts.event import EventData
from contracts.fields import Code, Id, Municipality, Time
from contracts.intake import ReferralAccepted, ReferralReceived

_OF_LIBRARY = {"description": "None: no library serves it yet."}


class ReferralInformationRequested(EventData):
    """The library asks the partner something and waits for the answer (on hold). What it wrote stays in intake."""

    referral_id = Id(required=True)
    partner_id = Id(required=True)
    library_id = Id(allow_none=True, load_default=None, metadata=_OF_LIBRARY)
    question = Code(codes.QUESTIONS, required=True)


class ReferralChanged(ReferralAccepted):
    """What is known of a referral changed; the data is the whole referral as it is now.

    Needs without a place are matched again, those whose place was declined too. A place that was given stays.
    """

    library_id = Id(allow_none=True, load_default=None, metadata=_OF_LIBRARY)
    municipality = Municipality(allow_none=True, load_default=None)
    accepted_by = Code(
        ("rule", "coordinator"), allow_none=True, load_default=None, metadata={"description": "None: not decided yet."}
    )
    changes = fields.List(Code(codes.REFERRAL_CHANGES), required=True, validate=validate.Length(min=1))


class NeedAdded(ReferralAccepted):
    """A coordinator added a need to an accepted referral; the data is the whole referral with all its needs."""

    need_id = Id(required=True, metadata={"description": "The need that was added."})
    from_need_id = Id(
        allow_none=True,
        load_default=None,
        metadata={"description": "The need that it follows from (internal referral)."},
    )


class ReferralTransferred(ReferralReceived):
    """Another library is the controller from now on, and decides anew; places at the library before end."""

    library_id = Id(required=True, metadata={"description": "The library that has it now."})
    from_library_id = Id(allow_none=True, load_default=None)
    reason = Code(codes.TRANSFER_REASONS, required=True)


class ReferralWithdrawn(EventData):
    """The partner took a referral back, or says that it was entered in error. Its places are free again."""

    referral_id = Id(required=True)
    partner_id = Id(required=True)
    library_id = Id(allow_none=True, load_default=None, metadata=_OF_LIBRARY)
    reason = Code(codes.WITHDRAWAL_REASONS, required=True)


class ReferralClosed(EventData):
    """The library ended needs of a referral, with a reason. A referral is over when all its needs are."""

    referral_id = Id(required=True)
    partner_id = Id(required=True)
    library_id = Id(required=True)
    need_ids = fields.List(Id(), required=True, validate=validate.Length(min=1), metadata={"description": "Ended now."})
    reason = Code(codes.CLOSING_REASONS, required=True)
    onward_to = Code(
        codes.ONWARD_TO, allow_none=True, load_default=None, metadata={"description": "Where the person goes on."}
    )
    warm_handover = fields.Boolean(
        allow_none=True, load_default=None, metadata={"description": "Whether they were introduced there in person."}
    )
    over = fields.Boolean(required=True, metadata={"description": "Whether no need of the referral is open any more."})


class ContactAttempted(EventData):
    """A coordinator tried to reach the participant."""

    referral_id = Id(required=True)
    library_id = Id(allow_none=True, load_default=None, metadata=_OF_LIBRARY)
    channel = Code(codes.ANSWER_CHANNELS, required=True)
    outcome = Code(codes.CONTACT_OUTCOMES, required=True)
    attempted_at = Time(required=True)


class IntakeTalkRecorded(EventData):
    """The intake talk was held. Levels as they were found and how; wishes and agreements stay in intake."""

    referral_id = Id(required=True)
    library_id = Id(required=True)
    talked_at = Time(required=True)
    channel = Code(codes.ANSWER_CHANNELS, required=True)
    spoken_level = Code(codes.SPOKEN_LEVELS, required=True)
    spoken_level_how = Code(codes.HOW_MEASURED, allow_none=True, load_default=None)
    literacy = Code(codes.LITERACY_LEVELS, required=True)
    literacy_how = Code(codes.HOW_MEASURED, allow_none=True, load_default=None)
    digital_skill = Code(codes.DIGITAL_SKILLS, required=True)


class ReferralOverdue(EventData):
    """Nobody tried to reach the participant in time. Told once for each deadline that passes."""

    referral_id = Id(required=True)
    partner_id = Id(required=True)
    library_id = Id(required=True)
    municipality = Municipality(allow_none=True, load_default=None)
    received_at = Time(required=True)
    contact_by = fields.Date(required=True, metadata={"description": "The last day to do so, in Amsterdam."})
