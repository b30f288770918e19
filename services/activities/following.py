"""What becomes of accepted referrals at intake (changed, ended, transferred), and how lines and places follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from chassis.outbox import Teller
from contracts.activities import EnrolmentEnded
from contracts.envelope import Event
from services.activities.domain.matching import Need
from services.activities.domain.placing import may_look_again
from services.activities.placement import Placement, needs_of
from services.activities.rows import Row, need_of
from services.activities.store import ActivitiesStore
from services.activities.telling import about_enrolment

_FACTS = ("spoken_level", "literacy", "age_band", "municipality", "availability", "features")


class Following:
    """Works in one transaction, on a group of events about different referrals."""

    def __init__(self, store: ActivitiesStore, tell: Teller) -> None:
        self._store = store
        self._tell = tell
        self._placement = Placement(store, tell)

    def change(self, events: Sequence[Event]) -> None:
        """Something is known that was not: who has no place is decided about anew; what was given stays."""
        told = {need.need_id: (need, event) for event in events for need in needs_of(event.data)}
        changed = []
        for row in self._locked(events):
            before = need_of(row)
            known = told.get(row["need_id"])
            after = _with_facts(before, known[0]) if known else before
            if after != before:
                changed.append((row, after))
        self._store.change_facts([need for _, need in changed])
        again = [
            replace(need, place_number=need.place_number + 1) if row["declined"] else need
            for row, need in changed
            if may_look_again(row["state"], declined=row["declined"])
        ]
        self._placement.settle_new(again, {need.need_id: told[need.need_id][1] for need in again})

    def withdraw(self, events: Sequence[Event]) -> None:
        """The partner took these back."""
        self._end(events, "closed", lambda event: _withdrawn(event.data["reason"]))

    def close(self, events: Sequence[Event]) -> None:
        """Their library ended needs of these."""
        self._end(events, "closed", lambda event: str(event.data["reason"]))

    def transfer(self, events: Sequence[Event]) -> None:
        """Another library has these now; their needs come back when it accepts them."""
        self._end(events, "left", lambda _: "transferred")

    def _end(self, events: Sequence[Event], state: str, reason_of: Callable[[Event], str]) -> None:
        by_need = {row["need_id"]: event for row, event in self._concerned(events)}
        places = self._store.open_enrolments(list(by_need))
        for reason in sorted({reason_of(event) for event in by_need.values()}):
            ended = [place for place in places if reason_of(by_need[place["need_id"]]) == reason]
            self._store.end(ended, reason)
            for place in ended:
                about = about_enrolment(place)
                self._tell(
                    EnrolmentEnded, place["enrolment_id"], cause=by_need[place["need_id"]], reason=reason, **about
                )
        self._store.leave(list(by_need), state)
        lines = {(place["library_id"], place["kind"]) for place in places}
        causes: Mapping[str, Event] = {place["activity_id"]: by_need[place["need_id"]] for place in places}
        self._placement.look_again(lines, causes)

    def _concerned(self, events: Sequence[Event]) -> list[tuple[Row, Event]]:
        """The needs that these events end, with the event."""
        by_referral = {event.data["referral_id"]: event for event in events}
        found = []
        for row in self._locked(events):
            event = by_referral[row["referral_id"]]
            named = row["need_id"] in event.data.get("need_ids", (row["need_id"],))
            if named and (row["state"] != "closed") and (row["state"] != "ended" or row["declined"]):
                found.append((row, event))
        return found

    def _locked(self, events: Sequence[Event]) -> list[Row]:
        """All needs of these referrals, their lines locked."""
        referral_ids = [event.data["referral_id"] for event in events]
        self._store.lock(self._store.lines_of_referrals(referral_ids))
        return self._store.needs_of_referrals(referral_ids)


def _with_facts(before: Need, told: Need) -> Need:
    return replace(before, **{name: getattr(told, name) for name in _FACTS})


def _withdrawn(reason: str) -> str:
    return "entered-in-error" if reason == "entered-in-error" else "withdrawn"
