"""What is known of a referral changes: levels, availability, what somebody needs; or a need comes to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from chassis.http import BadInput, Conflict, NotFound
from contracts.casework import NeedAdded, ReferralChanged
from services.intake.casework.case import Case
from services.intake.casework.knowing import Known, flat, keep
from services.intake.casework.texts import refuse
from services.intake.domain.asked import EVENING_ONLY
from services.intake.domain.goals import kind_for
from services.intake.domain.needs import Step
from services.intake.domain.referral import findings_later, tidy, with_evenings, with_worker
from services.intake.records import amsterdam_day, new_id

Row = dict[str, Any]
MOST_NEEDS: Final = 20
_LEVELS: Final = ("spoken_level", "literacy")
_MEASURE: Final = ("_how", "_on")
CHANGE_OF: Final = {
    "spoken_level": "levels", "literacy": "levels", "digital_skill": "levels", "learner_track": "levels",
    "availability": "availability", "features": "features", "postcode4": "area",
    "civic_integration_duty": "civic-integration", "target_group": "target-group",
}  # fmt: skip
"""What an event says has changed. What is sealed is told to nobody, nor how a level was measured."""


def correct(case: Case, said: Row) -> None:
    """A coordinator corrects what is known. Raises Conflict, or BadInput for what may not or cannot be."""
    case.take(Step.CHANGED)
    before = case.referral
    news = change(case, said)
    after = case.referral
    measured = [one for one in _LEVELS if any(before[one + part] != after[one + part] for part in _MEASURE)]
    if news or measured:
        facts = {name: after[name] for name in CHANGE_OF if name in (*news, *measured)}
        sealed = [name for name in news if name not in CHANGE_OF]
        case.record(Step.CHANGED, facts | ({"corrected": sealed} if sealed else {}))


def change(case: Case, said: Row, *, measured_at: datetime | None = None) -> list[str]:
    """Keep these facts, and tell those that matching and counting look at. Which of them are new. Raises BadInput.

    A level that a talk brought was found by it, on its day, unless something else is said. A level that is as it was
    keeps how and when it was measured, unless it was measured anew.
    """
    known, said = Known.of(case.store, case.vault, case.referral), tidy(said)
    birth_date, times = known.person.get("birth_date"), known.referral["availability"]
    worker, today = known.around.get("case_worker") or {}, amsterdam_day(case.now)
    refuse(findings_later(said, birth_date=birth_date, availability=times, case_worker=worker, today=today))
    said = with_worker(said)
    if EVENING_ONLY in said.get("features", ()):
        said = with_evenings({"availability": times} | said)
    facts = flat(said)
    if facts.get("postcode4") and known.person.get("shielded_address"):
        raise BadInput.field(
            "postcode4", "The address is shielded: its postcode is told to nobody.", "address-shielded"
        )
    for level in _LEVELS:
        if level in facts:
            facts = _measure(level, facts, known.referral, measured_at) | facts
    for several in ("availability", "features"):
        if several in facts:
            facts[several] = sorted(set(facts[several]))
    news = known.news(facts)
    keep(case, known, facts)
    changes = sorted({CHANGE_OF[name] for name in news if name in CHANGE_OF})
    if changes:
        case.tell(ReferralChanged, changes=changes, **case.whole())
    return news


def _measure(level: str, facts: Row, known: Row, talk: datetime | None) -> Row:
    """How and when a level was measured, for where that is not said."""
    how, on = f"{level}_how", f"{level}_on"
    if facts[level] == known[level] and how not in facts and (known[how] or known[on]):
        return {how: known[how], on: known[on]}
    return {how: "talk", on: amsterdam_day(talk)} if talk else {how: None, on: None}


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
