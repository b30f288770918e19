"""When something happened, as it is written down afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from chassis.http import BadInput
from contracts.event import camel

_CLOCKS_DIFFER: Final = timedelta(minutes=5)


def past(said: dict[str, Any], field: str, *, received_at: datetime, now: datetime) -> datetime:
    """The moment in this field, by default now. Raises BadInput for one to come, or from before the referral."""
    at: datetime = said.get(field, now)
    if at > now + _CLOCKS_DIFFER:
        raise BadInput.field(camel(field), "This moment lies in the future.", "date-in-future")
    if at < received_at - _CLOCKS_DIFFER:
        raise BadInput.field(camel(field), "This moment lies before the referral came in.", "before-referral")
    return at
