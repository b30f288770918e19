"""The participant's yes or no about a place that is held."""

from __future__ import annotations

from typing import Any

from chassis.http import Conflict, NotFound
from contracts.intake import PlacementAgreed, PlacementDeclined
from services.intake.casework.case import Case
from services.intake.casework.moments import past
from services.intake.domain.needs import Step

Row = dict[str, Any]


def answer(case: Case, need_id: str, said: Row) -> None:
    """Write it down and tell planning. Raises NotFound, Conflict or BadInput."""
    if need_id not in case.course.needs:
        raise NotFound("This referral has no such need.")
    at = past(said, "answered_at", received_at=case.referral["received_at"], now=case.now)
    place = case.course.needs[need_id].asked_place
    step = Step.AGREED if said["answer"] == "agreed" else Step.DECLINED
    case.take(step, needs=[need_id], by=said["answered_by"])
    if place is None or said["enrolment_id"] != place.enrolment_id:
        raise Conflict("Another place is held for this need now.", enrolmentId=place.enrolment_id if place else None)
    told = {name: said[name] for name in ("enrolment_id", "answered_by", "channel")} | {"answered_at": at}
    record = {"need_id": need_id, "answer": said["answer"], "recorded_by": case.worker.actor}
    case.store.add_answer({**told, **record})
    event = PlacementAgreed if step is Step.AGREED else PlacementDeclined
    case.tell(event, need_id=need_id, **told)
