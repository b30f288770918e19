"""Placing as it happens: lock the lines, let the rules decide, write it, tell it; few queries for many needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from chassis.outbox import Teller
from contracts.activities import EnrolmentEnded, ParticipantEnrolled
from contracts.envelope import Event
from services.activities import metrics
from services.activities.domain.answers import Effect, agreed, declined
from services.activities.domain.matching import Need
from services.activities.domain.placing import (
    Board,
    Decision,
    Enrol,
    Hold,
    InLine,
    NothingSuits,
    Wait,
    in_turn,
    is_news,
)
from services.activities.rows import Line, NeedState, Row
from services.activities.store import ActivitiesStore
from services.activities.telling import about_enrolment, tell_decisions

log = structlog.get_logger()

Causes = Mapping[str, Event]
"""The event that led to a decision, by the id of the need, the holder or the activity."""


class Placement:
    """Gives places and takes them back, within one transaction."""

    def __init__(self, store: ActivitiesStore, tell: Teller) -> None:
        self._store = store
        self._tell = tell

    def arrive(self, events: Sequence[Event]) -> None:
        """Referrals were accepted: give each need the soonest suitable place, or a turn in line."""
        needs = {need.need_id: (need, event) for event in events for need in needs_of(event.data)}
        self._store.lock({need.line for need, _ in needs.values()})
        known = self._store.known_needs(list(needs))
        new = [came for need, _ in needs.values() if (came := _coming(need, known.get(need.need_id)))]
        self.settle_new(new, {need.need_id: event for need, event in needs.values()})

    def settle_new(self, new: Sequence[Need], told_by: Mapping[str, Event]) -> None:
        """These needs come, or come back, to their locked lines; `told_by` has the event that says so, by need."""
        causes = {key: told_by[need.need_id] for need in new for key in (need.holder, need.need_id)}
        coming = {need.need_id for need in new}
        standing = [each for each in self._store.companions(new) if each.need.need_id not in coming]
        self._settle(new, standing, causes)

    def look_again(self, lines: Iterable[Line], causes: Causes | None = None) -> None:
        """Places were added or came free in these locked lines: who waits goes first, then whom nothing suited."""
        self._settle([], self._store.in_lines(list(lines)), causes or {})

    def agree(self, events: Sequence[Event]) -> None:
        """Participants said yes: their places are final."""
        final = [row for row, _ in self._answered(events, agreed, Effect.BECOMES_FINAL)]
        self._store.make_final(final)

    def decline(self, events: Sequence[Event]) -> None:
        """Participants said no: their places go to the first in line whom they suit."""
        lines = self._store.lines_of([event.data["enrolment_id"] for event in events])
        self._store.lock(lines)
        ended = self._answered(events, declined, Effect.ENDS)
        self._store.end([row for row, _ in ended], "declined")
        self.look_again(lines, {row["activity_id"]: event for row, event in ended})

    def _answered(
        self, events: Sequence[Event], rule: Callable[[str | None], Effect], wanted: Effect
    ) -> list[tuple[Row, Event]]:
        """The enrolments that these answers change, and tell of each."""
        rows = self._store.enrolments_to_change([event.data["enrolment_id"] for event in events])
        changed = []
        for event in events:
            row = rows.get(event.data["enrolment_id"])
            named = row if row and all(row[key] == event.data[key] for key in ("need_id", "referral_id")) else None
            effect = rule(named["state"] if named else None)
            if named and effect is wanted:
                changed.append((named, event))
                self._tell_answer(named, event, effect)
            elif effect.is_odd:
                self._note_odd(event, effect)
        return changed

    def _tell_answer(self, row: Row, event: Event, effect: Effect) -> None:
        if effect is Effect.ENDS:
            self._tell(EnrolmentEnded, row["enrolment_id"], cause=event, reason="declined", **about_enrolment(row))
        else:
            self._tell(ParticipantEnrolled, row["enrolment_id"], cause=event, **about_enrolment(row))

    def _note_odd(self, event: Event, effect: Effect) -> None:
        log.warning("answer_changed_nothing", answer=event.event.slug, effect=effect.value, event_id=event.id)
        counter = metrics.odd_answers.labels(answer=event.event.slug, effect=effect.value)
        self._store.unit.after_commit(counter.inc)

    def _settle(self, new: Sequence[Need], standing: Sequence[InLine], causes: Causes) -> None:
        """Decide for new needs and for those in line, in turn; write and tell what changed."""
        needs = in_turn([*standing, *(InLine(need) for need in new)])
        if not needs:
            return
        board = Board(self._store.openings({need.line for need in needs}), self._store.seats(needs))
        before = {each.need.need_id: each for each in standing}
        news = [each for each in board.settle(needs) if is_news(each, before.get(each.need.need_id))]
        states = [_state(decision) for decision in news]
        self._store.add_needs([state for state in states if state[0].need_id not in before])
        self._store.change_needs([state for state in states if state[0].need_id in before])
        self._store.give_places([each for each in news if isinstance(each, Enrol | Hold)])
        positions = self._store.positions([each.need for each in news if isinstance(each, Wait)])
        tell_decisions(self._tell, news, positions, causes)
        self._store.unit.after_commit(lambda: _count(news))


def _state(decision: Decision) -> NeedState:
    match decision:
        case Wait(need):
            return need, "waiting", ()
        case NothingSuits(need, reasons):
            return need, "unplaced", reasons
        case _:
            return decision.need, "placed", ()


def _count(decisions: Sequence[Decision]) -> None:
    for decision in decisions:
        outcome = decision.state if isinstance(decision, Enrol | Hold) else _state(decision)[1]
        metrics.needs_decided.labels(kind=decision.need.kind, outcome=outcome).inc()


def _coming(need: Need, known: Row | None) -> Need | None:
    """A need that was not taken in before, or that left and comes back; None when it is here."""
    if known is None:
        return need
    return replace(need, place_number=known["place_number"] + 1) if known["state"] == "left" else None


def needs_of(referral: Mapping[str, Any]) -> list[Need]:
    """The needs of an accepted referral, each with all that matching looks at."""
    return [
        Need(
            need_id=need["need_id"],
            kind=need["kind"],
            referral_id=referral["referral_id"],
            participant_id=referral["participant_id"],
            household_id=referral["household_id"],
            library_id=referral["library_id"],
            municipality=referral["municipality"],
            received_at=referral["received_at"],
            spoken_level=referral["spoken_level"],
            literacy=referral["literacy"],
            age_band=referral["age_band"],
            availability=frozenset(referral["availability"]),
            features=frozenset(referral["features"]),
        )
        for need in referral["needs"]
    ]
