"""The partner corrects how its person is reached, without having been asked."""

from __future__ import annotations

from typing import Any

from chassis.http import BadInput
from services.intake.casework.asking import change_reach, reach_in
from services.intake.casework.case import Case
from services.intake.domain.needs import Step

Row = dict[str, Any]


def correct(case: Case, said: Row) -> None:
    """A new telephone number or e-mail address. Raises Conflict or BadInput."""
    reach = reach_in(said)
    if not reach:
        raise BadInput.field("phone", "Give a telephone number or an e-mail address.", "required")
    case.take(Step.CORRECTED)
    case.record(Step.CORRECTED, {"corrected": sorted(reach)})
    change_reach(case, reach)
