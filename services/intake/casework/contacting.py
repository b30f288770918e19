"""Getting in touch with a participant: attempts, the plan for an intake talk, and what the talk brought."""

from __future__ import annotations

from typing import Any, Final

from chassis.http import BadInput
from contracts.casework import ContactAttempted, IntakeTalkRecorded
from services.intake.casework.case import Case
from services.intake.casework.changing import change
from services.intake.casework.moments import past
from services.intake.casework.texts import checked
from services.intake.domain.course import Contact
from services.intake.domain.needs import Step
from services.intake.domain.referral import tidy

Row = dict[str, Any]
_HOW_FOUND: Final = ("spoken_level_how", "spoken_level_on", "literacy_how", "literacy_on")
_FOUND: Final = ("spoken_level", "spoken_level_how", "literacy", "literacy_how", "digital_skill")


def attempt(case: Case, said: Row) -> None:
    """Somebody tried to reach the participant; the plan for a talk is one outcome. Raises Conflict or BadInput."""
    planned_at = said.get("intake_at")
    if (said["outcome"] == "intake-planned") != (planned_at is not None):
        raise BadInput.field("intakeAt", "Say when the talk will be, and only when one was planned.", "intake-moment")
    if planned_at is not None and planned_at < case.now:
        raise BadInput.field("intakeAt", "This moment has passed; record the talk instead.", "date-past")
    at = past(said, "attempted_at", received_at=case.referral["received_at"], now=case.now)
    written = checked(said, "text")
    case.take(Step.CONTACTED, outcome=said["outcome"])
    facts = {name: said[name] for name in ("channel", "outcome")}
    planned = planned_at.isoformat() if planned_at else None
    case.record(Step.CONTACTED, facts | {"intake_at": planned}, written, at=at)
    in_vain = case.course.contact is Contact.TO_CONTACT
    case.store.change_contact(
        case.id, case.course.contact.value, planned_at, case.try_again(at, said["outcome"]) if in_vain else None
    )
    case.tell(ContactAttempted, library_id=case.referral["library_id"], attempted_at=at, **facts)


def talk(case: Case, said: Row) -> None:
    """The intake talk was held: what was found, wished and agreed. Raises Conflict or BadInput.

    What it found is what matching looks at from now on.
    """
    at = past(said, "talked_at", received_at=case.referral["received_at"], now=case.now)
    case.take(Step.TALKED)
    case.store.change_contact(case.id, case.course.contact.value)
    unsaid = {name for name in _HOW_FOUND if said.get(name) is None}
    news = change(case, {name: value for name, value in said.items() if name not in unsaid}, measured_at=at)
    written = {name: tidy(said.get(name)) for name in ("wishes", "agreed")}
    case.record(Step.TALKED, {"channel": said["channel"]} | ({"corrected": news} if news else {}), written, at=at)
    found = {name: case.referral[name] for name in _FOUND}
    case.tell(
        IntakeTalkRecorded, library_id=case.referral["library_id"], talked_at=at, channel=said["channel"], **found
    )
