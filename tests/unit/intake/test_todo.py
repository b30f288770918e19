"""What has to be done next, and how far away a deadline is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from contracts.working_days import AMSTERDAM
from services.intake.domain.course import Contact, Course, NeedCourse
from services.intake.domain.deadlines import Deadline, Terms
from services.intake.domain.needs import Step
from services.intake.domain.planning import Place, Planned, Turn
from services.intake.domain.todo import Todo, next_of

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
NEW = Course({"a": NeedCourse("language-buddy")})
TAKEN = replace(NEW, accepted=True)
SPOKEN = replace(TAKEN, contact=Contact.DONE)
HELD = Place("place", Planned.HELD, 1, AT, AT)


@pytest.mark.parametrize(
    ("course", "todo"),
    [
        (NEW, Todo.DECIDE),
        (NEW.after(Step.ASKED), Todo.ANSWER),
        (TAKEN.after(Step.ASKED), Todo.ANSWER),
        (TAKEN, Todo.CONTACT),
        (TAKEN.heard("a", HELD), Todo.CONTACT),
        (TAKEN.after(Step.CONTACTED, outcome="no-answer"), Todo.CONTACT),
        (TAKEN.after(Step.CONTACTED, outcome="intake-planned"), Todo.TALK),
        (TAKEN.after(Step.CONTACTED, outcome="intake-planned").heard("a", HELD), Todo.PLACE),
        (SPOKEN.heard("a", HELD), Todo.PLACE),
        (SPOKEN.heard("a", HELD).after(Step.AGREED, needs=["a"]), Todo.FOLLOW),
        (SPOKEN.heard("a", HELD).after(Step.DECLINED, needs=["a"]), Todo.FOLLOW),
        (SPOKEN.heard("a", Turn(Planned.UNPLACED, 1, AT, ("times-differ",))), Todo.SEARCH),
        (SPOKEN.heard("a", Turn(Planned.WAITLISTED, 1, AT)), Todo.FOLLOW),
        (SPOKEN, Todo.FOLLOW),
        (TAKEN.after(Step.TRANSFERRED), Todo.DECIDE),
        (NEW.after(Step.REJECTED, reason="other"), None),
        (SPOKEN.after(Step.CLOSED, reason="job"), None),
    ],
)
def test_the_first_thing_that_holds_it_up_is_next(course: Course, todo: Todo | None) -> None:
    assert next_of(course) is todo


@pytest.mark.parametrize(
    ("last", "today", "is_late", "days"),
    [
        ("2026-11-27", "2026-11-26", False, 1),
        ("2026-11-26", "2026-11-26", False, 0),
        ("2026-11-30", "2026-11-27", False, 1),
        ("2026-11-27", "2026-11-28", True, 0),
        ("2026-11-27", "2026-11-30", True, 1),
        ("2026-11-23", "2026-11-26", True, 3),
        ("2026-12-28", "2026-12-24", False, 1),
        ("2020-01-01", "2026-11-26", True, 100),
    ],
    ids=["tomorrow", "today", "over the weekend", "Saturday", "Monday", "three days", "Christmas", "as far as it gets"],
)
def test_a_deadline_counts_the_working_days(last: str, today: str, is_late: bool, days: int) -> None:
    day = date.fromisoformat(last)
    assert Terms().deadline(day, date.fromisoformat(today)) == Deadline(day, is_late, days)


@pytest.mark.parametrize(
    ("tried", "outcome", "again"),
    [
        ("2026-11-26T09:00", "no-answer", "2026-11-27"),
        ("2026-11-27T09:00", "no-answer", "2026-11-30"),
        ("2026-11-26T09:00", "message-left", "2026-11-30"),
        ("2026-11-26T09:00", "details-wrong", "2026-11-27"),
        ("2026-12-24T23:30", "no-answer", "2026-12-28"),
    ],
)
def test_who_was_not_reached_is_tried_again_on_a_working_day(tried: str, outcome: str, again: str) -> None:
    at = datetime.fromisoformat(tried).replace(tzinfo=AMSTERDAM)
    assert Terms().try_again(at, outcome) == date.fromisoformat(again)


def test_nobody_is_tried_again_while_the_library_is_closed() -> None:
    terms = Terms(closures=((date(2026, 11, 27), date(2026, 12, 4)),))
    at = datetime(2026, 11, 26, 9, tzinfo=AMSTERDAM)
    assert terms.try_again(at, "no-answer") == date(2026, 12, 7)


def test_the_days_on_which_a_library_is_closed_do_not_count() -> None:
    closed = Terms(closures=[(date(2026, 11, 24), date(2026, 11, 25))])
    assert closed.deadline(date(2026, 11, 26), date(2026, 11, 23)).working_days == 1
