"""What has to be done next about a referral, by its library or by others: one thing, the first that holds it up."""

from __future__ import annotations

from enum import StrEnum

from services.intake.domain.course import Contact, Course
from services.intake.domain.needs import Phase
from services.intake.domain.planning import Planned, Turn


class Todo(StrEnum):
    """The next thing to do."""

    DECIDE = "decide"
    """Accept it or reject it."""
    ANSWER = "answer"
    """The partner answers a question."""
    CONTACT = "contact"
    """Get in touch with the participant."""
    PLACE = "place"
    """Ask the participant for a yes or no about a place that is kept."""
    TALK = "talk"
    """Hold the intake talk that was planned."""
    SEARCH = "search"
    """Nothing planned suits a need: find something else, refer onward or close."""
    FOLLOW = "follow"
    """Nothing now: planning looks for a place, or the participant takes part."""


def next_of(course: Course) -> Todo | None:
    """The next thing to do; None when the referral is over."""
    phases = {course.phase(need_id) for need_id in course.open}
    if not phases:
        return None
    if course.on_hold:
        return Todo.ANSWER
    if not course.accepted:
        return Todo.DECIDE
    if course.contact is Contact.TO_CONTACT:
        return Todo.CONTACT
    if phases & {Phase.HELD, Phase.OFFERED}:
        return Todo.PLACE
    if course.contact is Contact.INTAKE_PLANNED:
        return Todo.TALK
    return Todo.SEARCH if any(_unplaced(course, need_id) for need_id in course.open) else Todo.FOLLOW


def _unplaced(course: Course, need_id: str) -> bool:
    match course.needs[need_id].planning.latest:
        case Turn(what=Planned.UNPLACED):
            return course.phase(need_id) is Phase.MATCHING
    return False
