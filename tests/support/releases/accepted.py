"""What the next release appends to `contracts/intake.py`: a second version of `referral-accepted`.

It breaks the first: three levels became one nested field, and `acceptedBy` is called `decidedBy`.
"""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from contracts import codes
from contracts.event import CamelSchema, EventData
from contracts.fields import Code, Id, Municipality, Postcode4, Time
from contracts.intake import Need, ReferralAccepted


class Levels(CamelSchema):
    """What somebody can do."""

    spoken = Code(codes.SPOKEN_LEVELS, load_default="unknown")
    literacy = Code(codes.LITERACY_LEVELS, load_default="unknown")
    digital = Code(codes.DIGITAL_SKILLS, load_default="unknown")


class ReferralAcceptedV2(EventData):
    """A referral was accepted, by rule or by a coordinator, and belongs to a library from now on.

    Holds what matching needs and nothing that names a person.
    """

    replaces = ReferralAccepted

    referral_id = Id(required=True)
    participant_id = Id(required=True)
    household_id = Id(allow_none=True, load_default=None)
    partner_id = Id(required=True)
    library_id = Id(required=True)
    municipality = Municipality(required=True)
    postcode4 = Postcode4(allow_none=True, load_default=None)
    referral_file_id = Id(allow_none=True, load_default=None)
    received_at = Time(required=True)
    decided_by = Code(("rule", "coordinator"), required=True)
    age_band = Code(codes.AGE_BANDS, load_default="unknown")
    levels = fields.Nested(Levels, required=True)
    learner_track = Code(codes.LEARNER_TRACKS, load_default="unknown")
    target_group = Code(codes.TARGET_GROUPS, load_default="unknown")
    civic_integration_duty = Code(codes.CIVIC_INTEGRATION_DUTIES, load_default="unknown")
    availability = fields.List(Code(codes.AVAILABILITY_SLOTS), load_default=list)
    features = fields.List(Code(codes.FEATURES), load_default=list)
    needs = fields.List(fields.Nested(Need), required=True, validate=validate.Length(min=1))

    @classmethod
    def as_before(cls, data: dict[str, Any]) -> dict[str, Any]:
        """As the first version says it."""
        return levels_apart(data)


def levels_apart(data: dict[str, Any]) -> dict[str, Any]:
    """What the second version says, with each level in a field of its own."""
    kept = {name: value for name, value in data.items() if name not in ("levels", "decided_by")}
    named = {"spoken": "spoken_level", "literacy": "literacy", "digital": "digital_skill"}
    levels = {named[name]: level for name, level in data["levels"].items()}
    return kept | levels | {"accepted_by": data["decided_by"]}


def levels_together(data: dict[str, Any]) -> dict[str, Any]:
    """The other way round: what intake knows, as the second version says it."""
    named = {"spoken_level": "spoken", "literacy": "literacy", "digital_skill": "digital"}
    kept = {name: value for name, value in data.items() if name not in (*named, "accepted_by")}
    levels = {named[name]: data[name] for name in named if name in data}
    return kept | {"levels": levels, "decided_by": data["accepted_by"]}
