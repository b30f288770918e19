"""Fields as browsers send them: a moment without its zone, and a tick."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from marshmallow import fields

from chassis.pages.wording import ZONE
from contracts.fields import Time

_LONGEST: Final = len("2026-01-31T14:00:00.000")
_MOST_DIGITS: Final = 9


class LocalTime(Time):
    """What `<input type="datetime-local">` sends, a moment in Amsterdam: `2026-01-31T14:00`; in Python, in UTC.

    Of the hour that comes twice in autumn the first is meant.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            local = datetime.fromisoformat(value if len(value) <= _LONGEST else "")
            if local.tzinfo is None and "T" in value:
                return local.replace(tzinfo=ZONE).astimezone(UTC)
        except (TypeError, ValueError, OverflowError) as problem:
            raise self._unreadable(value) from problem
        raise self._unreadable(value)

    def _unreadable(self, value: Any) -> Exception:
        return self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)


class WholeNumber(fields.Integer):
    """A whole number in digits, as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = str(value)
        if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(int(text), attr, data, **kwargs)


class Tick(fields.Boolean):
    """One of two choices of a form: `yes` or `no`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(truthy={"yes"}, falsy={"no"}, **kwargs)
