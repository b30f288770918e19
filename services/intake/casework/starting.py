"""Places whose first meeting has begun: said once, by rule, because nobody has to do anything for it.

It says that the meeting began, not who was there: attendance is told by the library's planning, and never to partners.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from chassis.lots import Lots
from services.intake.courses import courses_of, need_row, referral_row, step_row
from services.intake.store import IntakeStore

Row = dict[str, Any]
AT_A_TIME: Final = 200
_LOTS: Final = Lots("tell-started", "referral_id")
STARTED: Final = "started"


def tell_started(store: IntakeStore) -> bool:
    """Write it down of those that began since the last time; whether there may be more."""
    due = store.starting(AT_A_TIME, _LOTS.put_off(store.now))
    _LOTS.work(store.unit, due, lambda lot: _write(store, lot))
    return len(due) == AT_A_TIME


def _write(store: IntakeStore, due: Sequence[Row]) -> None:
    referrals = store.lock_referrals(sorted({row["referral_id"] for row in due}))
    begun = store.put_started([(row["need_id"], row["enrolment_id"]) for row in due])
    courses = courses_of(store, referrals)
    steps: list[Row] = []
    changed: list[Row] = []
    followed: dict[str, tuple[str, str, str | None]] = {}
    for row in begun:
        _, course = courses[row["referral_id"]]
        if row["need_id"] not in course.open or course.needs[row["need_id"]].enrolment_id != row["enrolment_id"]:
            continue  # over, or it has another place by now
        steps.append(step_row(row["need_id"], course, at=row["starts_at"], what=STARTED, by="rule", actor=None))
        changed.append(need_row(row["need_id"], course))
        followed[row["referral_id"]] = referral_row(row["referral_id"], course)
    store.add_steps(steps)
    store.change_needs(changed, list(followed.values()))
