"""From rows to the course of a referral, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from services.intake.domain.course import Contact, Course, NeedCourse
from services.intake.domain.needs import ENDED, Phase
from services.intake.domain.planning import Place, Planned, Planning, Turn
from services.intake.domain.todo import next_of
from services.intake.store_referrals import ReferralStore

Row = dict[str, Any]


def courses_of(store: ReferralStore, referrals: Collection[Row]) -> dict[str, tuple[list[Row], Course]]:
    """The needs and the course of each of these locked referrals, in two queries."""
    referral_ids = [row["referral_id"] for row in referrals]
    needs, places = store.needs_of(referral_ids), store.places_of(referral_ids)
    return {
        row["referral_id"]: (needs[row["referral_id"]], course_of(row, needs[row["referral_id"]], places))
        for row in referrals
    }


def course_of(referral: Row, needs: Sequence[Row], places: Mapping[str, Sequence[Row]]) -> Course:
    """The course of one referral; `places` are rows by need."""
    return Course(
        {need["need_id"]: _need(need, places.get(need["need_id"], ())) for need in needs},
        accepted=referral["accepted_by"] is not None,
        on_hold=referral["question_id"] is not None,
        contact=Contact(referral["contact"]),
    )


def _need(need: Row, places: Iterable[Row]) -> NeedCourse:
    phase = Phase.of(need["phase"])
    planning = Planning({place["enrolment_id"]: _place(place) for place in places}, _turn(need))
    if phase in ENDED:
        return NeedCourse(need["kind"], planning, phase, tuple(need["reasons"]))
    return NeedCourse(need["kind"], planning)


def _place(row: Row) -> Place:
    return Place(row["enrolment_id"], Planned(row["what"]), row["sequence"], row["at"], row["starts_at"], row["reason"],
                 row["answer"], row["started_at"] is not None)  # fmt: skip


def _turn(need: Row) -> Turn | None:
    if need["turn"] is None:
        return None
    return Turn(Planned(need["turn"]), need["turn_sequence"], need["turn_at"], tuple(need["turn_reasons"]))


def need_row(need_id: str, course: Course) -> Row:
    """The columns that say where a need is; without its place the first meeting goes too."""
    need = course.needs[need_id]
    turn, place = need.planning.turn, need.planning.place
    return {
        "need_id": need_id,
        "phase": course.phase(need_id).code,
        "enrolment_id": need.enrolment_id,
        "starts_at": place.starts_at if place and need.enrolment_id else None,
        "reasons": list(need.reasons),
        "turn": turn.what.value if turn else None,
        "turn_sequence": turn.sequence if turn else None,
        "turn_at": turn.at if turn else None,
        "turn_reasons": list(turn.reasons) if turn else [],
    }


def referral_row(referral_id: str, course: Course) -> tuple[str, str, str | None]:
    """What follows from the course for the referral: id, status, and what to do next."""
    todo = next_of(course)
    return referral_id, course.status.value, todo.value if todo else None


def place_row(need_id: str, place: Place) -> Row:
    """The columns of a place."""
    said = {"what": place.what.value, "sequence": place.sequence, "at": place.at, "starts_at": place.starts_at}
    return {"need_id": need_id, "enrolment_id": place.enrolment_id, "reason": place.reason, **said}


def step_row(need_id: str, course: Course, *, at: Any, what: str, by: str, actor: str | None, **said: Any) -> Row:
    """A line of a need's timeline; `reasons` are the need's own unless others are said."""
    return {"need_id": need_id, "at": at, "what": what, "by": by, "actor": actor, "phase": course.phase(need_id).code,
            "reasons": list(said.get("reasons", course.needs[need_id].reasons))}  # fmt: skip
