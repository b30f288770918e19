"""What the library's planning reports about needs becomes their state and timeline here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog

from contracts.envelope import Event
from services.intake import metrics
from services.intake.decisions import stored
from services.intake.domain.needs import NeedState, Phase, Step, learn, referral_status
from services.intake.store_referrals import ReferralStore

log = structlog.get_logger()
Row = dict[str, Any]


class UnknownNeed(LookupError):
    """An event is about a need that is not here: a database was put back without its events, or somebody errs."""

    tells_no_data = True


def follow(store: ReferralStore, events: Sequence[Event], step: Step) -> None:
    """Take these facts over, one per referral. Raises UnknownNeed; then nothing of them is taken over."""
    referral_ids = [event.data["referral_id"] for event in events]
    store.lock_referrals(referral_ids)
    needs = store.needs_of(referral_ids)
    changes, steps, statuses = [], [], []
    for event in events:
        siblings = needs[event.data["referral_id"]]
        need, before = _need(siblings, event)
        after = learn(before, step, event.data.get("enrolment_id"), _reasons(event))
        if after == before:
            metrics.facts_past.labels(step.value).inc()
            log.info("fact_changes_nothing", fact=step.value, phase=before.phase.code, need=need["need_id"])
            continue
        changes.append(stored(need, after, event.data.get("starts_at")))
        steps.append({"need_id": need["need_id"], "at": event.time, "what": step.value, "by": "library",
                      "phase": after.phase.code, "reasons": list(after.reasons)})  # fmt: skip
        phases = [after.phase if one is need else Phase.of(one["phase"]) for one in siblings]
        statuses.append((event.data["referral_id"], referral_status(phases).value))
    store.add_steps(steps)
    store.change_needs(changes, statuses)


def _need(siblings: Sequence[Row], event: Event) -> tuple[Row, NeedState]:
    need = next((one for one in siblings if one["need_id"] == event.data["need_id"]), None)
    if need is None:
        raise UnknownNeed(f"{event.type}: there is no need {event.data['need_id']} here")
    return need, NeedState(Phase.of(need["phase"]), need["enrolment_id"], tuple(need["reasons"]))


def _reasons(event: Event) -> tuple[str, ...]:
    if "reason" in event.data:
        return (event.data["reason"],)
    return tuple(event.data.get("reasons", ()))
