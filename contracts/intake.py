"""What intake tells: organisations, referrals and the answers of participants."""

from __future__ import annotations

from marshmallow import fields, validate

from contracts import codes
from contracts.event import CamelSchema, EventData
from contracts.fields import Code, Count, Id, Municipality, Postcode4, Time


class ServedArea(CamelSchema):
    """One row of the routing table: this library takes these kinds from this municipality."""

    municipality = Municipality(required=True)
    kinds = fields.List(Code(codes.KINDS), required=True, metadata={"description": "Empty means every kind."})


class Closure(CamelSchema):
    """Days on which a library is closed, both ends included."""

    from_ = fields.Date(required=True)
    through = fields.Date(required=True)


class LibraryRegistered(EventData):
    """A library takes part. Its mailbox is a functional address (`taalhuis@…`), never a person's."""

    library_id = Id(required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    mailbox = fields.Email(required=True)
    language = Code(("nl", "en"), required=True)
    serves = fields.List(fields.Nested(ServedArea), required=True)
    contact_within_days = Count(
        load_default=codes.DAYS_TO_CONTACT, metadata={"description": "Working days within which it gets in touch."}
    )
    closures = fields.List(
        fields.Nested(Closure), load_default=list, metadata={"description": "Closing weeks, which do not count."}
    )


class LibraryChanged(LibraryRegistered):
    """A library's name, mailbox or served area changed; the data is the whole library as it is now."""


class PartnerRegistered(EventData):
    """A partner organisation may refer people."""

    partner_id = Id(required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    status = Code(codes.PARTNER_STATUSES, required=True)
    municipalities = fields.List(Municipality(), required=True, metadata={"description": "Empty means all."})
    tokens_valid_from = Time(required=True, metadata={"description": "Tokens issued before this moment are refused."})


class PartnerChanged(PartnerRegistered):
    """A partner was changed, suspended, or its credentials revoked; the data is the whole partner as it is now."""


class Need(CamelSchema):
    """One goal of a participant, already translated into a kind."""

    need_id = Id(required=True)
    goal = Code(codes.GOALS, required=True)
    kind = Code(codes.KINDS, required=True)


class ReferralReceived(EventData):
    """A partner referred someone. Said for every referral, before any decision."""

    referral_id = Id(required=True)
    participant_id = Id(required=True)
    household_id = Id(allow_none=True, load_default=None)
    partner_id = Id(required=True)
    library_id = Id(allow_none=True, load_default=None, metadata={"description": "None: no library serves it yet."})
    municipality = Municipality(allow_none=True, load_default=None)
    referral_file_id = Id(allow_none=True, load_default=None, metadata={"description": "The file it came in."})
    received_at = Time(required=True)
    target_group = Code(codes.TARGET_GROUPS, load_default="unknown")
    civic_integration_duty = Code(codes.CIVIC_INTEGRATION_DUTIES, load_default="unknown")
    age_band = Code(codes.AGE_BANDS, load_default="unknown")
    needs = fields.List(fields.Nested(Need), required=True, validate=validate.Length(min=1))
    triage_reasons = fields.List(
        Code(codes.TRIAGE_REASONS), required=True, metadata={"description": "Empty: accepted by rule at once."}
    )


class ReferralAccepted(EventData):
    """A referral was accepted, by rule or by a coordinator, and belongs to a library from now on.

    Holds what matching needs and nothing that names a person.
    """

    referral_id = Id(required=True)
    participant_id = Id(required=True)
    household_id = Id(allow_none=True, load_default=None)
    partner_id = Id(required=True)
    library_id = Id(required=True)
    municipality = Municipality(required=True)
    postcode4 = Postcode4(allow_none=True, load_default=None)
    referral_file_id = Id(allow_none=True, load_default=None)
    received_at = Time(required=True)
    accepted_by = Code(("rule", "coordinator"), required=True)
    age_band = Code(codes.AGE_BANDS, load_default="unknown")
    spoken_level = Code(codes.SPOKEN_LEVELS, load_default="unknown")
    literacy = Code(codes.LITERACY_LEVELS, load_default="unknown")
    digital_skill = Code(codes.DIGITAL_SKILLS, load_default="unknown")
    learner_track = Code(codes.LEARNER_TRACKS, load_default="unknown")
    target_group = Code(codes.TARGET_GROUPS, load_default="unknown")
    civic_integration_duty = Code(codes.CIVIC_INTEGRATION_DUTIES, load_default="unknown")
    availability = fields.List(
        Code(codes.AVAILABILITY_SLOTS), load_default=list, metadata={"description": "Empty: not known, so any time."}
    )
    features = fields.List(Code(codes.FEATURES), load_default=list)
    needs = fields.List(fields.Nested(Need), required=True, validate=validate.Length(min=1))


class ReferralRejected(EventData):
    """A coordinator refused a referral, with a coded reason. Rules never reject."""

    referral_id = Id(required=True)
    participant_id = Id(required=True)
    partner_id = Id(required=True)
    library_id = Id(allow_none=True, load_default=None)
    municipality = Municipality(allow_none=True, load_default=None)
    reason = Code(codes.REJECTION_REASONS, required=True)


class PlacementAgreed(EventData):
    """The participant said yes to a held place."""

    referral_id = Id(required=True)
    need_id = Id(required=True)
    enrolment_id = Id(required=True)
    answered_by = Code(codes.ANSWERED_BY, required=True)
    channel = Code(codes.ANSWER_CHANNELS, required=True)
    answered_at = Time(required=True)


class PlacementDeclined(PlacementAgreed):
    """The participant said no to a held place; the place is free for the next in line."""


class LibraryShare(CamelSchema):
    """What one file held for one library."""

    library_id = Id(required=True)
    accepted = Count(required=True)
    triage = Count(required=True, metadata={"description": "Left for a coordinator to decide."})


class ReferralFileProcessed(EventData):
    """Every row of a partner's file was taken in or refused. One notice per library follows from it."""

    referral_file_id = Id(required=True)
    partner_id = Id(required=True)
    rows = Count(required=True)
    taken_in = Count(required=True)
    repeated = Count(required=True, metadata={"description": "Rows that had come in before."})
    refused = Count(required=True)
    libraries = fields.List(fields.Nested(LibraryShare), required=True)


class ParticipantsLinked(EventData):
    """Two participants of one library are probably one person (keyed blind index); counts treat them as one.

    `same_as` is always the one known first, never itself linked onward, so that links need no following.
    """

    participant_id = Id(required=True)
    same_as = Id(required=True)
    library_id = Id(required=True)


class ParticipantsUnlinked(EventData):
    """A participant is counted for themselves again: the referral went to another library, which recognises by itself.

    Of those who stay, the one known first from then on is unlinked too, and the others are linked to that one.
    """

    participant_id = Id(required=True)
    library_id = Id(required=True, metadata={"description": "Where they were linked."})
