"""HTTP payloads of activities: what libraries offer, and who has or awaits a place, without a name.

Dates and times in requests are local (Europe/Amsterdam), because a series that starts at 19:30 keeps starting at 19:30
when the clock changes; moments in answers are UTC (RFC 3339).

A library is known here soon after intake registered it. Until then POST answers 409 `library-not-known` with
`Retry-After`, and the same request may be sent again.
"""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.http import PageQuery
from chassis.http.schemas import CommaList, Schema
from contracts import codes
from contracts.fields import Code, Count, Id, Municipality, Time
from services.activities.domain.availability import AVAILABILITIES

TITLE = validate.Length(min=1, max=200)
ENROLMENT_STATUSES = ("held", "final", "ended")


class NewProgramme(Schema):
    """What a library offers, of one kind. Give `programmeId` to make the request repeatable."""

    programme_id = Id(metadata={"description": "Chosen by the sender; sending it again changes nothing."})
    library_id = Id(required=True)
    kind = Code(codes.KINDS, required=True)
    title = fields.String(required=True, validate=TITLE)
    audience = Code(codes.AUDIENCES, load_default="participants")


class Programme(Schema):
    """A published programme."""

    programme_id = Id(required=True)
    library_id = Id(required=True)
    kind = Code(codes.KINDS, required=True)
    title = fields.String(required=True)
    audience = Code(codes.AUDIENCES, required=True)
    published_at = Time(required=True)


class Series(Schema):
    """When an activity takes place: one date, further `dates`, or a `rule`; all at the same local time."""

    start_date = fields.Date(required=True, metadata={"description": "The first date, in Amsterdam."})
    start_time = fields.Time(
        required=True, format="%H:%M", metadata={"description": "Local time in Amsterdam, HH:MM.", "example": "19:30"}
    )
    duration_minutes = fields.Integer(strict=True, required=True, validate=validate.Range(min=5, max=720))
    rule = fields.String(
        validate=validate.Length(min=1, max=500),
        metadata={
            "description": "RFC 5545 RRULE, daily or slower, with COUNT or UNTIL; at most 200 sessions in three years.",
            "example": "FREQ=WEEKLY;COUNT=12",
        },
    )
    dates = fields.List(
        fields.Date(), validate=validate.Length(max=199), metadata={"description": "Dates after the first one."}
    )
    skip_holidays = fields.Boolean(
        load_default=False,
        metadata={"description": "Leave out sessions on public holidays of the Netherlands; COUNT counts them."},
    )

    @validates_schema
    def rule_or_dates(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("rule") and data.get("dates"):
            raise ValidationError("Give a rule or dates, not both.", "dates")


class Suits(Schema):
    """For whom an activity is meant. What is left out is open to all; what is not known of a person never blocks."""

    lowest_level = Code(codes.SPOKEN_LEVELS[1:], metadata={"description": "Lowest spoken level, inclusive."})
    highest_level = Code(codes.SPOKEN_LEVELS[1:], metadata={"description": "Highest spoken level, inclusive."})
    literacy = fields.List(Code(codes.LITERACY_LEVELS[1:]), load_default=list)
    age_bands = fields.List(Code(codes.AGE_BANDS[1:]), load_default=list)

    @validates_schema
    def lowest_first(self, data: dict[str, Any], **_: Any) -> None:
        low, high = data.get("lowest_level"), data.get("highest_level")
        if low and high and codes.SPOKEN_LEVELS.index(low) > codes.SPOKEN_LEVELS.index(high):
            raise ValidationError("The highest level is below the lowest.", "highest_level")


class NewActivity(Schema):
    """A series or one-off of a programme. Give `activityId` to make the request repeatable.

    Its library and kind are the programme's. It takes place at a `branch`, or as `homeVisits` anywhere in the library's
    area. An activity with the feature `women-only` takes only people for whom that was asked.
    """

    activity_id = Id(metadata={"description": "Chosen by the sender; sending it again changes nothing."})
    programme_id = Id(required=True)
    title = fields.String(required=True, validate=TITLE)
    municipality = Municipality(required=True, metadata={"description": "One that the library serves."})
    branch = fields.String(validate=TITLE, metadata={"description": "The library's branch or another public place."})
    home_visits = fields.Boolean(load_default=False)
    capacity = fields.Integer(strict=True, required=True, validate=validate.Range(min=1, max=1000))
    series = fields.Nested(Series, required=True)
    suits = fields.Nested(Suits, load_default=lambda: {"literacy": [], "age_bands": []})
    features = fields.List(Code(codes.FEATURES), load_default=list)

    @validates_schema
    def one_place(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data.get("branch")) == data["home_visits"]:
            raise ValidationError("Give the name of a branch, or homeVisits: true.", "branch")


class Session(Schema):
    """One dated meeting."""

    starts_at = Time(required=True)
    ends_at = Time(required=True)


class Activity(Schema):
    """An activity with its free places."""

    activity_id = Id(required=True)
    programme_id = Id(required=True)
    library_id = Id(required=True)
    kind = Code(codes.KINDS, required=True)
    title = fields.String(required=True)
    municipality = Municipality(required=True)
    branch = fields.String(required=True, allow_none=True)
    home_visits = fields.Boolean(required=True)
    drop_in = fields.Boolean(
        required=True, metadata={"description": "Follows from the kind: places are final at once."}
    )
    capacity = Count(required=True)
    free = Count(required=True, metadata={"description": "Places neither held nor final."})
    suits = fields.Nested(Suits, required=True)
    features = fields.List(Code(codes.FEATURES), required=True)
    starts_at = Time(required=True, metadata={"description": "The first session."})
    ends_at = Time(required=True, metadata={"description": "The end of the last session."})
    next_at = Time(required=True, allow_none=True, metadata={"description": "The next session; null: it is over."})


class ActivityWithSessions(Activity):
    """An activity with its free places and all its sessions (at most 200)."""

    sessions = fields.List(fields.Nested(Session), required=True)


class Enrolment(Schema):
    """Someone's place in an activity. Who it is, intake knows."""

    enrolment_id = Id(required=True)
    need_id = Id(required=True)
    referral_id = Id(required=True)
    activity_id = Id(required=True)
    title = fields.String(required=True, metadata={"description": "Of the activity."})
    library_id = Id(required=True)
    kind = Code(codes.KINDS, required=True)
    municipality = Municipality(required=True, metadata={"description": "Of the participant."})
    status = Code(ENROLMENT_STATUSES, required=True)
    reason = Code(codes.ENDED_REASONS, required=True, allow_none=True, metadata={"description": "Why it ended."})
    starts_at = Time(required=True, metadata={"description": "The first session that the participant can attend."})
    placed_at = Time(required=True)


class WaitingNeed(Schema):
    """A need that waits for a place at its library, for its kind."""

    need_id = Id(required=True)
    referral_id = Id(required=True)
    library_id = Id(required=True)
    kind = Code(codes.KINDS, required=True)
    municipality = Municipality(required=True)
    received_at = Time(required=True)
    position = Count(required=True, metadata={"description": "Place in its library's line for the kind now, from 1."})


class AvailabilityQuery(Schema):
    """For whom there should be room. Nothing of it is kept."""

    kind = Code(codes.KINDS, required=True)
    municipality = Municipality(required=True)
    library_id = Id(metadata={"description": "Only this one of the libraries that serve it."})
    spoken_level = Code(codes.SPOKEN_LEVELS, load_default="unknown")
    literacy = Code(codes.LITERACY_LEVELS, load_default="unknown")
    features = CommaList(Code(codes.FEATURES), load_default=list)


class Availability(Schema):
    """Whether a library has room now. A look, not a promise: places go to who is referred first."""

    library_id = Id(required=True)
    library_name = fields.String(required=True)
    kind = Code(codes.KINDS, required=True)
    municipality = Municipality(required=True)
    availability = Code(AVAILABILITIES, required=True)
    starts_at = Time(
        required=True, allow_none=True, metadata={"description": "The soonest first meeting with a free place."}
    )
    expected_weeks = Count(
        required=True,
        allow_none=True,
        metadata={"description": "For who joins the waiting list now, after the last 13 weeks; null: nobody can tell."},
    )
    reasons = fields.List(Code(codes.UNPLACED_REASONS), required=True, metadata={"description": "Why nothing suits."})


class Availabilities(Schema):
    """One row per library that serves the municipality for this kind; none: no library does."""

    items = fields.List(fields.Nested(Availability), required=True)


class ProgrammeQuery(PageQuery):
    """Which programmes to list: of the caller's libraries."""

    library_id = Id()
    kind = Code(codes.KINDS)


class ActivityQuery(PageQuery):
    """Which activities to list: of the caller's libraries, with a session to come."""

    library_id = Id()
    kind = Code(codes.KINDS)
    municipality = Municipality()
    from_ = Time(data_key="from", metadata={"description": "Not over at this moment. Left out: now."})


class EnrolmentQuery(PageQuery):
    """Which enrolments to list, oldest first: of the caller's libraries."""

    library_id = Id()
    status = Code(ENROLMENT_STATUSES, load_default="held")
    kind = Code(codes.KINDS)


class WaitingQuery(PageQuery):
    """Whose turn to list, first in line first: of the caller's libraries."""

    library_id = Id()
    kind = Code(codes.KINDS)
