"""What people write about a referral: tidy, and refused when it holds what may not be recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chassis.http import BadInput, field_error
from contracts.event import camel
from services.intake.domain import forbidden
from services.intake.domain.findings import Finding
from services.intake.domain.referral import tidy

Row = dict[str, Any]


def checked(said: Row, *fields: str) -> Row:
    """These texts of a payload, tidy. Raises BadInput where a number or health stands that may not be written."""
    texts = {field: tidy(said.get(field)) for field in fields}
    wrong = [
        Finding(field, code)
        for field, text in texts.items()
        if text
        for code in forbidden.found_in(text, free_text=True)
    ]
    refuse(wrong)
    return texts


def refuse(wrong: Iterable[Finding]) -> None:
    """Raises BadInput when anything is wrong, with all of it at its fields."""
    errors = [field_error("body", ".".join(map(camel, one.field.split("."))), one.english, one.code) for one in wrong]
    if errors:
        raise BadInput(errors)
