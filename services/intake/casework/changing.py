"""What is known of a referral changes: levels, availability, what somebody needs; or a need comes to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from chassis.http import BadInput, Conflict, NotFound
from contracts.casework import NeedAdded, ReferralChanged
from contracts.event import camel
from services.intake.casework.case import Case
from services.intake.domain.goals import kind_for
from services.intake.domain.needs import Step
from services.intake.records import amsterdam_day, new_id
from services.intake.store_casework import MATCHED_BY

Row = dict[str, Any]
MOST_NEEDS: Final = 20
CHANGE_OF: Final = {
    "spoken_level": "levels", "literacy": "levels", "digital_skill": "levels", "learner_track": "levels",
    "availability": "availability", "features": "features", "postcode4": "area",
}  # fmt: skip
"""What an event says has changed. How a level was measured changes nothing for matching."""


def correct(case: Case, said: Row) -> None:
    """A coordinator corrects what is known. Raises Conflict, or BadInput for a measurement to come."""
    case.take(Step.CHANGED)
    if not change(case, said):
        return
    facts = {name: value for name, value in said.items() if name in CHANGE_OF}
    case.record(Step.CHANGED, facts)


def change(case: Case, said: Row, *, measured_at: datetime | None = None) -> bool:
    """Keep these facts, and tell those that matching looks at; whether any differs. Raises BadInput.

    A level that a talk brought was found by it, on its day, unless something else is said.
    """
    after: Row = {name: said[name] for name in MATCHED_BY if name in said}
    if after.get("postcode4") and _is_shielded(case):
        raise BadInput.field(
            "postcode4", "The address is shielded: its postcode is told to nobody.", "address-shielded"
        )
    for level in ("spoken_level", "literacy"):
        if level in after:
            how, on = ("talk", amsterdam_day(measured_at)) if measured_at else (None, None)
            after = {f"{level}_how": how, f"{level}_on": on, **after}
            if after[f"{level}_on"] and after[f"{level}_on"] > amsterdam_day(case.now):
                raise BadInput.field(camel(f"{level}_on"), "This date lies in the future.", "date-in-future")
    for several in ("availability", "features"):
        if several in after:
            after[several] = sorted(set(after[several]))
    differs = {name for name, value in after.items() if value != _comparable(case.referral[name])}
    case.referral = case.referral | after
    case.store.change_facts(case.referral)
    changes = sorted({CHANGE_OF[name] for name in differs if name in CHANGE_OF})
    if changes:
        case.tell(ReferralChanged, changes=changes, **case.whole())
    return bool(differs)


def _is_shielded(case: Case) -> bool:
    participant_id = case.referral["participant_id"]
    row = case.store.participant(participant_id)
    return bool(row and case.key.open(participant_id, row["sealed"]).get("shielded_address"))


def add_need(case: Case, said: Row) -> str:
    """A further need, perhaps following from one that is there (internal referral); its id.

    Raises Conflict, or NotFound when there is no such need.
    """
    from_need_id = said.get("from_need_id")
    if from_need_id is not None and from_need_id not in case.course.needs:
        raise NotFound("This referral has no such need to follow from.")
    if len(case.needs) >= MOST_NEEDS:
        raise Conflict(f"A referral has at most {MOST_NEEDS} needs; refer the person anew.")
    kind = said.get("kind") or kind_for(said["goal"], case.referral["spoken_level"])
    need = {"need_id": new_id(), "referral_id": case.id, "position": case.needs[-1]["position"] + 1,
            "goal": said["goal"], "kind": kind}  # fmt: skip
    case.add(need)
    case.record(Step.ADDED, {"need_id": need["need_id"], "from_need_id": from_need_id, "kind": kind})
    case.tell(NeedAdded, need_id=need["need_id"], from_need_id=from_need_id, **case.whole())
    return str(need["need_id"])


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value
