"""What is told about decisions: one event each, with the ids that the others count and follow by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.outbox import Teller
from contracts.activities import NeedUnplaced, ParticipantEnrolled, ParticipantWaitlisted, PlaceHeld
from contracts.envelope import Event
from services.activities.domain.matching import Need
from services.activities.domain.placing import Decision, Enrol, Hold, NothingSuits, Wait, enrolment_id

_OF_ENROLMENT = ("referral_id", "need_id", "activity_id", "library_id", "kind", "municipality", "starts_at")


def tell_decisions(
    tell: Teller, decisions: Sequence[Decision], positions: Mapping[str, int], causes: Mapping[str, Event]
) -> None:
    """`positions` is by need, for those who wait; `causes` by need, holder or activity: the event that led to it."""
    for decision in decisions:
        need = decision.need
        about = about_need(need)
        match decision:
            case (
                Enrol(activity_id=activity_id, starts_at=starts_at) | Hold(activity_id=activity_id, starts_at=starts_at)
            ):
                event = ParticipantEnrolled if isinstance(decision, Enrol) else PlaceHeld
                cause = causes.get(need.need_id) or causes.get(need.holder) or causes.get(activity_id)
                about |= {"activity_id": activity_id, "starts_at": starts_at}
                tell(event, enrolment_id(need.need_id, need.place_number), cause=cause, **about)
            case Wait():
                cause = causes.get(need.need_id)
                tell(ParticipantWaitlisted, need.need_id, cause=cause, position=positions[need.need_id], **about)
            case NothingSuits(reasons=reasons):
                tell(NeedUnplaced, need.need_id, cause=causes.get(need.need_id), reasons=list(reasons), **about)


def about_need(need: Need) -> dict[str, Any]:
    """What every event about a need says."""
    return {
        "referral_id": need.referral_id,
        "need_id": need.need_id,
        "library_id": need.library_id,
        "kind": need.kind,
        "municipality": need.municipality,
    }


def about_enrolment(row: Mapping[str, Any]) -> dict[str, Any]:
    """What every event about an enrolment says."""
    return {key: row[key] for key in _OF_ENROLMENT}
