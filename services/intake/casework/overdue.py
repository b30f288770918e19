"""Deadlines that passed: nobody tried to reach the participant in time, and whoever can help it hears so, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from chassis.lots import Lots
from contracts.casework import ReferralOverdue
from services.intake.courses import courses_of, step_row
from services.intake.records import amsterdam_day
from services.intake.store import IntakeStore

Row = dict[str, Any]
AT_A_TIME: Final = 200
_LOTS: Final = Lots("tell-overdue", "referral_id")
_TOLD: Final = ("partner_id", "library_id", "municipality", "received_at", "contact_by")


def tell_overdue(store: IntakeStore, tell: Callable[..., Any]) -> bool:
    """Tell of those whose day has passed; whether there may be more. The day itself still counts."""
    due = store.past_deadline(amsterdam_day(store.now), AT_A_TIME, _LOTS.put_off(store.now))
    _LOTS.work(store.unit, due, lambda lot: _tell(store, tell, lot))
    return len(due) == AT_A_TIME


def _tell(store: IntakeStore, tell: Callable[..., Any], due: Sequence[Row]) -> None:
    courses = courses_of(store, due)
    steps: list[Row] = []
    late: list[Row] = []
    over: list[Row] = []
    for referral in due:
        _, course = courses[referral["referral_id"]]
        (late if course.open else over).append(referral)
        steps += [
            step_row(need_id, course, at=store.now, what="overdue", by="rule", actor=None, reasons=())
            for need_id in course.open
        ]
    store.add_steps(steps)
    store.note_overdue([referral["referral_id"] for referral in late])
    store.owe_nothing([referral["referral_id"] for referral in over])
    for referral in late:
        tell(ReferralOverdue, referral["referral_id"], **{name: referral[name] for name in _TOLD})
