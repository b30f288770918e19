"""HTTP of a service, after the NL API Design Rules (ADR 0006). Services import from here and from `.schemas`."""

from chassis.http.call import Answer, Call
from chassis.http.declaring import endpoint
from chassis.http.paging import Page, PageQuery
from chassis.http.problem import BadInput, Conflict, FieldError, Forbidden, NotFound, Problem, Unavailable, field_error

__all__ = [
    "Answer",
    "BadInput",
    "Call",
    "Conflict",
    "FieldError",
    "Forbidden",
    "NotFound",
    "Page",
    "PageQuery",
    "Problem",
    "Unavailable",
    "endpoint",
    "field_error",
]
