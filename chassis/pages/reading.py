"""From a browser's request to a validated call. Empty fields of a filter or form count as not given."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema
from werkzeug.wrappers import Request

from chassis.http.bodies import read_body
from chassis.http.operation import FORM
from chassis.http.problem import BadInput, FieldError
from chassis.http.reading import load, media_type_of
from chassis.http.schemas import Schema as BaseSchema
from chassis.pages.forms import KEPT, Typed, payload, typed_in
from chassis.pages.operation import PageOperation

LONGEST: Final = 64 * 1024
"""Bytes of a form."""


class _NoQuery(BaseSchema):
    """No query parameters."""


class PageReader:
    """Reads the requests of one page; its schemas are made once."""

    def __init__(self, operation: PageOperation) -> None:
        self._operation = operation
        self._query: Schema = (operation.query or _NoQuery)()
        self._body: Schema | None = operation.body() if operation.body else None

    def query(self, request: Request) -> dict[str, Any]:
        """What the address asks. Raises BadInput."""
        errors: list[FieldError] = []
        sent = payload({name: values for name, values in request.args.lists() if name != KEPT}, self._query)
        found: dict[str, Any] = load(self._query, sent, "query", errors) or {}
        if errors:
            raise BadInput(errors)
        return found

    def query_of_nothing(self) -> dict[str, Any]:
        """What an address without a query asks. Raises marshmallow.ValidationError where that is not enough."""
        found: dict[str, Any] = self._query.load({})
        return found

    def typed(self, request: Request) -> Typed:
        """The fields of the form that was sent. Raises a Problem."""
        media_type_of(request, frozenset({FORM}))
        return typed_in(read_body(request, self._operation.max_bytes or LONGEST))

    def body(self, typed: Typed) -> Any:
        """What the form says. Raises BadInput with all that is wrong."""
        if self._body is None:
            return None
        errors: list[FieldError] = []
        found = load(self._body, payload(typed, self._body), "body", errors)
        if errors:
            raise BadInput(errors)
        return found
