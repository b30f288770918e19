"""Fields that events are made of, beyond marshmallow's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from contracts import ids

MUNICIPALITY_PATTERN = r"^GM\d{4}$"


class Whole(validate.Regexp):
    """Text that is as the pattern says from its first to its last character, in ASCII digits: as JSON Schema reads it.

    To Python `$` allows a line end behind it and `\\d` a digit of any script, which no column of ours takes.
    """

    def __init__(self, pattern: str, *, error: str) -> None:
        super().__init__(pattern, flags=re.ASCII, error=error)
        self._whole = re.compile(pattern, re.ASCII)

    def __call__(self, value: Any) -> Any:
        if self._whole.fullmatch(value) is None:
            raise ValidationError(self.error)
        return value


class Id(fields.String):
    """A UUID as canonical lower-case text: pseudonymous, never reused, never derived from a person."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            validate=Whole(ids.PATTERN, error="Not a UUID in lower case."),
            metadata={"format": "uuid"} | kwargs.pop("metadata", {}),
            **kwargs,
        )


class Code(fields.String):
    """One code of a list in :mod:`contracts.codes`."""

    def __init__(self, codes: Sequence[str], **kwargs: Any) -> None:
        self.codes = tuple(codes)
        super().__init__(validate=validate.OneOf(self.codes), **kwargs)


class CodeToCome(Code):
    """One code of a list to which `coming` are added: readers know these already, and nobody may tell them yet.

    A release in which all readers know a code comes before the first that tells it (ADR 0034).
    """

    def __init__(self, codes: Sequence[str], *, coming: Sequence[str], **kwargs: Any) -> None:
        self.coming = frozenset(coming)
        words = f"Not told yet: {', '.join(coming)}."
        told = kwargs.pop("metadata", {})
        metadata = told | {"description": f"{told['description']} {words}" if "description" in told else words}
        super().__init__((*codes, *coming), metadata=metadata, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if value in self.coming:
            raise ValueError(f"{self.name}: {value} may not be told before every reader knows it")
        return super()._serialize(value, attr, obj, **kwargs)


class Municipality(fields.String):
    """A CBS municipality code, `GM` and four digits."""

    def __init__(self, **kwargs: Any) -> None:
        wrong = "Not a CBS code of a municipality, such as GM0153."
        super().__init__(validate=Whole(MUNICIPALITY_PATTERN, error=wrong), **kwargs)


class Postcode4(fields.String):
    """The four digits of a Dutch postcode: an area, never an address."""

    def __init__(self, **kwargs: Any) -> None:
        wrong = "Not the four digits of a postcode, such as 7551."
        super().__init__(validate=Whole(r"^[1-9]\d{3}$", error=wrong), **kwargs)


class Time(fields.AwareDateTime):
    """A moment: RFC 3339 with its zone on the wire; in Python, and when it is said, in UTC.

    In UTC at once: PostgreSQL refuses zones beyond 16 hours, which Python reads.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        moment = super()._deserialize(value, attr, data, **kwargs)
        try:
            return moment.astimezone(UTC)
        except OverflowError as problem:  # before the year 1 or after 9999 in UTC
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from problem


class Count(fields.Integer):
    """A whole number from 0 up."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=0), **kwargs)
