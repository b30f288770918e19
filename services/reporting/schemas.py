"""HTTP payloads of reporting: counts, never a person.

A count that is `null` is withheld: it is small enough to point at somebody, or would let such a count be worked out
from its row. Only readers from outside the library get such rows (docs/adr/0014-reporting-facts-and-completeness.md).
"""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.http import PageQuery
from chassis.http.schemas import CommaList, Schema
from contracts import codes
from contracts.fields import Code, Id, Municipality, Whole
from services.reporting.domain import DIMENSIONS, FUNNEL

WITHHELD = {"description": "null: withheld."}
MONTH = Whole(r"^20\d\d-(0[1-9]|1[0-2])$", error="A month is written as 2026-10.")


def _count(**metadata: Any) -> fields.Integer:
    return fields.Integer(required=True, allow_none=True, metadata=WITHHELD | metadata)


class ReferralCounts(Schema):
    """Referrals, each in one state; those received are all of them."""

    received = _count()
    in_triage = _count(description="Not decided yet. null: withheld.")
    accepted = _count()
    rejected = _count()
    withdrawn = _count(description="Taken back by the partner, or entered in error. null: withheld.")
    overdue = _count(description="In whatever state: the library did not get in touch in time. null: withheld.")


class NeedCounts(Schema):
    """Needs, each in one state; those received are all of them."""

    received = _count()
    in_triage = _count(description="Of referrals that are not decided yet. null: withheld.")
    rejected = _count(description="Of rejected referrals. null: withheld.")
    withdrawn = _count(description="Of withdrawn referrals. null: withheld.")
    matching = _count(description="Accepted, and nothing heard of a place yet. null: withheld.")
    waiting = _count(description="On a waiting list. null: withheld.")
    unplaced = _count(description="Nothing planned suits. null: withheld.")
    held = _count(description="A place is kept until the participant says yes or no. null: withheld.")
    placed = _count(description="A place is final. null: withheld.")
    ended = _count(description="A place was given up and no other found, or the library ended it. null: withheld.")


class Aggregate(Schema):
    """The counts of one combination of what was asked `by`. A field that was not asked is absent.

    Counted by kind, a referral with needs of two kinds is under both.
    """

    month = fields.String(metadata={"description": "Of receipt, in Amsterdam.", "example": "2026-10"})
    municipality = Municipality(allow_none=True, metadata={"description": "null: not known."})
    library_id = Id(allow_none=True, metadata={"description": "null: no library serves it yet."})
    library_name = fields.String(allow_none=True)
    partner_id = Id()
    partner_name = fields.String(allow_none=True)
    kind = Code(codes.KINDS)
    referrals = fields.Nested(ReferralCounts, required=True)
    needs = fields.Nested(NeedCounts, required=True)
    persons = _count(description="Different persons, each once, as far as they were recognised. null: withheld.")


class Filter(Schema):
    """Which referrals to count."""

    month = fields.String(validate=MONTH, metadata={"description": "Of receipt, in Amsterdam.", "example": "2026-10"})
    municipality = Municipality()
    library_id = Id()
    partner_id = Id()
    kind = Code(codes.KINDS, metadata={"description": "Referrals with a need of this kind, and those needs."})


class AggregateQuery(PageQuery, Filter):
    """Which counts, by what."""

    by = CommaList(
        Code(DIMENSIONS),
        load_default=list,
        validate=validate.Length(max=len(DIMENSIONS)),
        metadata={
            "description": "One row for each combination; left out: one row in all.",
            "example": ["municipality", "kind"],
        },
    )

    @validates_schema
    def each_once(self, data: dict[str, Any], **_: Any) -> None:
        if len(set(data["by"])) < len(data["by"]):
            raise ValidationError("Name each dimension once.", "by")


class Step(Schema):
    """One step of the path, and how many are there now; those received and accepted are all who ever were."""

    step = Code([step for step, _ in FUNNEL], required=True)
    unit = Code(("referrals", "needs"), required=True, metadata={"description": "What is counted in this step."})
    count = _count()


class Funnel(Schema):
    """The path of referrals and needs in its order, with what is at each step now."""

    steps = fields.List(fields.Nested(Step), required=True)
    persons = _count(description="Different persons, each once, as far as they were recognised. null: withheld.")
    all_counted = fields.Boolean(required=True, metadata={"description": "Everything heard so far is counted."})


class Totals(Schema):
    """What is counted in all, for those who run the installation."""

    referrals = fields.Nested(ReferralCounts, required=True)
    needs = fields.Nested(NeedCounts, required=True)
    persons = fields.Integer(required=True)
    all_counted = fields.Boolean(required=True, metadata={"description": "Everything heard so far is counted."})


class ReceiptQuery(PageQuery):
    """Whose events, and whether those of which nothing is missing too."""

    source = fields.String(metadata={"description": "Only what this source told."})
    gaps_only = fields.Boolean(
        load_default=False, metadata={"description": "Only subjects of which events are missing."}
    )


class Gap(Schema):
    """Sequences that were not heard although later ones were; both ends are missing."""

    first = fields.Integer(required=True)
    last = fields.Integer(required=True)


class Receipt(Schema):
    """What was heard about one subject."""

    source = fields.String(required=True)
    subject = fields.String(required=True)
    contiguous_to = fields.Integer(
        required=True, metadata={"description": "Every event up to this sequence was heard; 0: not even the first."}
    )
    last_sequence = fields.Integer(required=True, metadata={"description": "The highest that was heard."})
    missing = fields.List(fields.Nested(Gap), required=True, metadata={"description": "Empty: nothing in between."})
