"""The partner corrects how its person is reached, without having been asked."""

from __future__ import annotations

from typing import Any

from chassis.http import BadInput, field_error
from services.intake.casework.asking import change_reach, reach_in
from services.intake.casework.case import Case
from services.intake.domain.needs import Step

Row = dict[str, Any]


def correct(case: Case, said: Row) -> None:
    """A new telephone number or e-mail address. Raises Conflict or BadInput."""
    reach = reach_in(said)
    if not reach:
        missing = field_error("body", "phone", "Give a telephone number or an e-mail address.", "contact-missing")
        raise BadInput([{**missing, "also": ["email"]}])
    case.take(Step.CORRECTED)
    case.record(Step.CORRECTED, {"corrected": sorted(reach)})
    change_reach(case, reach)
