"""Referrals as callers see them: partners as far as was agreed, staff of the library whole; never a name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from services.intake.domain.feedback import (
    EVERYTHING,
    shown_phase,
    shown_steps,
    shows_actors,
    shows_reasons,
    shows_reasons_of,
)
from services.intake.domain.needs import Phase, referral_status
from services.intake.domain.reference_numbers import number_of

Row = dict[str, Any]
_SHOWN = ("referral_id", "participant_id", "household_id", "partner_id", "library_id", "municipality",
          "referral_file_id", "received_at", "triage_reasons", "contact_by", "purpose")  # fmt: skip


def referral_view(referral: Row, needs: Sequence[Row], agreed: Collection[str] = EVERYTHING) -> Row:
    """A referral with its needs, for a list."""
    phases = [shown_phase(Phase.of(need["phase"]), agreed) for need in needs]
    return {name: referral[name] for name in _SHOWN} | {
        "reference_number": number_of(referral["number"]),
        "row": referral["row_number"],
        "status": referral_status(phases).value,
        "needs": [need_view(need, agreed) for need in needs],
    }


def need_view(need: Row, agreed: Collection[str] = EVERYTHING) -> Row:
    """A need and where it stands."""
    actual = Phase.of(need["phase"])
    phase = shown_phase(actual, agreed)
    view = {name: need[name] for name in ("need_id", "goal", "kind")}
    view |= {"status": phase.status.value, "business_status": phase.business_status}
    if need["reasons"] and phase is actual and shows_reasons(phase, agreed):
        view |= {"reason": need["reasons"][0], "reasons": need["reasons"]}
    if "placed" in agreed:
        view |= {name: need[name] for name in ("enrolment_id", "starts_at") if need[name] is not None}
    return view


def timeline_view(steps: Sequence[Row], agreed: Collection[str] = EVERYTHING) -> list[Row]:
    """What happened to a need, oldest first."""
    shown = shown_steps(agreed)
    return [step_view(step, agreed) for step in steps if step["what"] in shown]


def step_view(step: Row, agreed: Collection[str]) -> Row:
    """One line of a timeline."""
    phase = shown_phase(Phase.of(step["phase"]), agreed)
    view = {name: step[name] for name in ("at", "what", "by")}
    view |= {"status": phase.status.value, "business_status": phase.business_status}
    if step["reasons"] and shows_reasons_of(step["what"], agreed):
        view["reasons"] = step["reasons"]
    if step["actor"] and shows_actors(agreed):
        view["actor"] = step["actor"]
    return view
