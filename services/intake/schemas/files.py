"""Payloads about files of referrals."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.http import PageQuery
from chassis.http.schemas import Schema
from contracts.fields import Count, Id, Time


class UploadQuery(Schema):
    """How the sender calls the file."""

    file_name = fields.String(validate=validate.Length(max=200), load_default="")


class ReferralFile(Schema):
    """A file of referrals and how far it is. `rows` is `takenIn` + `repeated` + `refused` once `status` is `done`."""

    referral_file_id = Id(required=True)
    status = fields.String(required=True, validate=validate.OneOf(("processing", "done")))
    file_name = fields.String(
        required=True, metadata={"description": "As the sender called it; empty when that is not known any more."}
    )
    format = fields.String(required=True, validate=validate.OneOf(("xlsx", "csv")))
    received_at = Time(required=True)
    finished_at = Time(allow_none=True, required=True)
    rows = Count(required=True, metadata={"description": "Rows with anything in them, below the header."})
    taken_in = Count(required=True, metadata={"description": "Became a referral."})
    triage = Count(required=True, metadata={"description": "Of those: left for a coordinator to decide."})
    repeated = Count(required=True, metadata={"description": "Had come in before; nothing new was made."})
    refused = Count(required=True, metadata={"description": "Could not be taken in; see `problems`."})
    ignored_columns = fields.List(
        fields.String(), required=True, metadata={"description": "Letters of columns that were not recognised."}
    )
    problems = fields.String(required=True, metadata={"description": "Where the problems are listed."})
    referrals = fields.String(required=True, metadata={"description": "Where its referrals are listed."})


class RowProblem(Schema):
    """What is wrong in one row. Never repeats what was in the cell."""

    row = Count(required=True, metadata={"description": "As the spreadsheet numbers it; the first row is 1."})
    column = fields.String(required=True, allow_none=True, metadata={"description": "Its Dutch header."})
    code = fields.String(required=True)
    message = fields.String(required=True, metadata={"description": "In Dutch."})
    message_en = fields.String(required=True, metadata={"description": "In English."})


class ProblemQuery(PageQuery):
    """A page of problems, in order of row."""
