"""What activities tells: what libraries offer, and what became of each need."""

from __future__ import annotations

from marshmallow import fields, validate

from contracts import codes
from contracts.event import EventData
from contracts.fields import Code, Count, Id, Municipality, Time


class ProgrammePublished(EventData):
    """A library offers something of a kind."""

    programme_id = Id(required=True)
    library_id = Id(required=True)
    kind = Code(codes.KINDS, required=True)
    title = fields.String(required=True)
    audience = Code(codes.AUDIENCES, required=True)


class ActivityScheduled(EventData):
    """A series or one-off of a programme got its dates and its number of places."""

    activity_id = Id(required=True)
    programme_id = Id(required=True)
    library_id = Id(required=True)
    kind = Code(codes.KINDS, required=True)
    municipality = Municipality(required=True)
    title = fields.String(required=True)
    capacity = fields.Integer(strict=True, required=True, validate=validate.Range(min=1))
    starts_at = Time(required=True, metadata={"description": "The first session."})
    ends_at = Time(required=True, metadata={"description": "The end of the last session."})


class _Placed(EventData):
    enrolment_id = Id(required=True)
    referral_id = Id(required=True)
    need_id = Id(required=True)
    activity_id = Id(required=True)
    library_id = Id(required=True)
    kind = Code(codes.KINDS, required=True)
    municipality = Municipality(required=True, metadata={"description": "Of the participant."})
    starts_at = Time(required=True, metadata={"description": "The first session that the participant can attend."})


class PlaceHeld(_Placed):
    """A place is kept for a need until the participant's yes or no is recorded."""


class ParticipantEnrolled(_Placed):
    """A place is final: at once for a drop-in kind, otherwise after the participant's yes."""


class EnrolmentEnded(_Placed):
    """A place, held or final, was given up."""

    reason = Code(codes.ENDED_REASONS, required=True)


class ParticipantWaitlisted(EventData):
    """Suitable activities exist but are full: the need waits its turn at its library, for its kind."""

    referral_id = Id(required=True)
    need_id = Id(required=True)
    library_id = Id(required=True)
    kind = Code(codes.KINDS, required=True)
    municipality = Municipality(required=True)
    position = Count(required=True, metadata={"description": "Place in line when it joined, from 1."})


class NeedUnplaced(EventData):
    """Nothing planned suits this need, and why. It is looked at again whenever an activity is scheduled."""

    referral_id = Id(required=True)
    need_id = Id(required=True)
    library_id = Id(required=True)
    kind = Code(codes.KINDS, required=True)
    municipality = Municipality(required=True)
    reasons = fields.List(Code(codes.UNPLACED_REASONS), required=True, validate=validate.Length(min=1))
