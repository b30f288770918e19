"""The base of HTTP payloads: camelCase, nothing unknown, and no field without a bound.

What has no bound of its own gets a default one here, so that no request can hold text that PostgreSQL refuses (NUL), a
number that no column takes, or a list without end.
"""

from __future__ import annotations

from typing import Any, Final

from marshmallow import EXCLUDE, RAISE, ValidationError, fields, validate

from contracts.event import CamelSchema

LONGEST_TEXT: Final = 4000
LONGEST_LIST: Final = 1000
LARGEST_NUMBER: Final = 2**31 - 1
CODES: Final = {
    "Missing data for required field.": "required",
    "Unknown field.": "unknown",
    "Field may not be null.": "null",
}
"""What clients can act on without reading the message, beside `too-long`; any other is `invalid`."""


def coded(message: str, code: str) -> str:
    """This very message, which is told with a code of its own from now on."""
    CODES[message] = code
    return message


_UNREADABLE: Final[dict[type[fields.Field[Any]], str]] = {
    fields.Date: "Not a date; write it as 2026-01-31.",
    fields.AwareDateTime: "Not a moment; write it as 2026-01-31T14:00:00+01:00.",
}


class Schema(CamelSchema):
    """snake_case in Python, camelCase on the wire; an unknown field is an error."""

    class Meta:
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        super().on_bind_field(field_name, field_obj)
        _bound(field_obj)


class AnyQuery(Schema):
    """Query parameters that are ignored: for addresses that machines probe in their own way."""

    class Meta:
        unknown = EXCLUDE


class CommaList(fields.List[Any]):
    """A query parameter with several values, `a,b` or repeated: each one loaded by the inner field."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        parts = [value] if isinstance(value, str) else value
        split = [piece.strip() for part in parts for piece in str(part).split(",")]
        return super()._deserialize([piece for piece in split if piece], attr, data, **kwargs)


class _NoControls(validate.Validator):
    """Text holds no NUL, which PostgreSQL cannot keep."""

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str) and "\0" in value:
            raise ValidationError("May not hold the character NUL.")
        return value


_SAFE = (validate.OneOf, validate.Regexp, validate.Equal, _NoControls)


def _bound(field: fields.Field[Any]) -> None:
    # A field's copies share their list of validators and their messages, so these are replaced, never changed.
    for kind, wrong in _UNREADABLE.items():
        if isinstance(field, kind):
            field.error_messages = {**field.error_messages, "invalid": wrong, "invalid_awareness": wrong}
    if isinstance(field, fields.List):
        _bound(field.inner)
        if not any(isinstance(v, validate.Length) for v in field.validators):
            field.validators = [*field.validators, validate.Length(max=LONGEST_LIST)]
    elif isinstance(field, fields.Integer):
        if not any(isinstance(v, validate.Range | validate.OneOf) for v in field.validators):
            field.validators = [*field.validators, validate.Range(min=-LARGEST_NUMBER, max=LARGEST_NUMBER)]
    elif isinstance(field, fields.String) and not any(isinstance(v, _SAFE) for v in field.validators):
        longest = [] if _has_maximum(field) else [validate.Length(max=LONGEST_TEXT)]
        field.validators = [_NoControls(), *field.validators, *longest]


def _has_maximum(field: fields.Field[Any]) -> bool:
    return any(isinstance(v, validate.Length) and (v.max or v.equal) for v in field.validators)
