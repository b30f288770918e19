"""What the library's planning reports about needs becomes their course and timeline here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog

from contracts.envelope import Event
from services.intake import metrics
from services.intake.courses import courses_of, need_row, place_row, referral_row, step_row
from services.intake.domain.course import Course
from services.intake.domain.planning import Place, Planned, Turn
from services.intake.store_referrals import ReferralStore

log = structlog.get_logger()
Row = dict[str, Any]


class UnknownNeed(LookupError):
    """An event is about a need that is not here: a database was put back without its events, or somebody errs."""

    tells_no_data = True


def follow(store: ReferralStore, events: Sequence[Event], what: Planned) -> None:
    """Take these facts over, one per referral. Raises UnknownNeed; then nothing of them is taken over."""
    courses = courses_of(store, store.lock_referrals([event.data["referral_id"] for event in events]))
    changed, places, steps, followed = [], [], [], []
    for event in events:
        referral_id, need_id = event.data["referral_id"], event.data["need_id"]
        before = _course(courses, event)
        fact = _fact(event, what)
        after = before.heard(need_id, fact)
        if after is before:
            metrics.facts_past.labels(what.value).inc()
            log.info("fact_changes_nothing", fact=what.value, phase=before.phase(need_id).code, need=need_id)
            continue
        changed.append(need_row(need_id, after))
        if isinstance(fact, Place):
            places.append(place_row(need_id, fact))
        if not before.needs[need_id].echoes(fact):
            steps.append(step_row(need_id, after, at=event.time, what=what.value, by="library", actor=None))
        followed.append(referral_row(referral_id, after))
    store.add_steps(steps)
    store.put_places(places)
    store.change_needs(changed, followed)


def _course(courses: dict[str, tuple[list[Row], Course]], event: Event) -> Course:
    known = courses.get(event.data["referral_id"])
    if known is None or event.data["need_id"] not in known[1].needs:
        raise UnknownNeed(f"{event.type}: there is no need {event.data['need_id']} here")
    return known[1]


def _fact(event: Event, what: Planned) -> Place | Turn:
    data = event.data
    if "enrolment_id" in data:
        return Place(data["enrolment_id"], what, event.sequence, event.time, data["starts_at"], data.get("reason"))
    return Turn(what, event.sequence, event.time, tuple(data.get("reasons", ())))
