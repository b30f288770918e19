"""A town driven through the activities service: schedule, refer, answer, and look at what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chassis.inbox.outcome import Outcome
from chassis.testing import Harness
from contracts.casework import NeedAdded, ReferralChanged, ReferralClosed, ReferralTransferred, ReferralWithdrawn
from contracts.envelope import Event
from contracts.event import EventData
from contracts.intake import LibraryRegistered, PlacementAgreed, PlacementDeclined, ReferralAccepted
from services.activities.domain.matching import Need, Opening, joinable_until
from services.activities.domain.placing import enrolment_id
from services.activities.domain.series import Session
from services.activities.placement import Placement
from tests.support.events import event
from tests.support.lines import Standing
from tests.support.newcomers import LIBRARY, RECEIVED, ident

PARTNER = ident(0x9, 1)
STATE = {
    "need": "select need_id, state, reasons, holder from need order by need_id",
    "enrolment": """
        select need_id, enrolment_id, activity_id, holder, state, reason, starts_at from enrolment order by 1, 2
    """,
    "place": "select activity_id, holder from place order by 1, 2",
    "activity": "select activity_id, capacity, taken from activity order by 1",
    "library": "select * from library order by 1",
}
_TABLES = (
    "enrolment", "place", "need", "session", "activity", "programme", "library", "line", "chassis.outbox",
    "chassis.stream_head", "chassis.inbox", "chassis.deferred", "chassis.parked",
)  # fmt: skip


class Town:
    """Works on a harness of the activities service."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness

    def begin_anew(self) -> None:
        """Nothing has happened yet."""
        self.harness.rows(";".join(f"delete from {table}" for table in _TABLES))

    def schedule(self, activity: Opening) -> None:
        """An activity with one session per slot; `free` is its capacity. Places are given as after a request."""
        sessions = [Session(start, start + timedelta(hours=1), slot) for slot, start in activity.next_in.items()]
        sessions.sort(key=lambda session: session.starts_at)
        with self.harness.unit() as unit:
            service = self.harness.service(unit)
            store = service.store
            store.put_library(activity.library_id, "Invented library", [])
            programme = {"programme_id": ident(0xF, 0), "library_id": activity.library_id, "title": "Invented"}
            store.add_programme(**programme, kind=activity.kind, audience="participants")
            store.lock([activity.line])
            store.add_activity(sessions, {}, **_stored(activity, sessions))
            Placement(store, service.tell).look_again([activity.line])

    def deliver(self, *batches: Iterable[Event]) -> None:
        """One batch after the other; every event must be applied or known."""
        for batch in batches:
            events = list(batch)
            outcome: Outcome = self.harness.deliver(events)
            assert len(outcome.applied) + len(outcome.repeated) == len(events), self.harness.rows(
                "select * from chassis.deferred"
            )

    def standings(self) -> dict[str, Standing]:
        """What became of each need, as the database has it."""
        rows = self.harness.rows(
            "select n.*, e.state as enrolled, e.activity_id from need n left join lateral (select state, activity_id "
            "from enrolment e where e.need_id = n.need_id order by state = 'ended', placed_at desc limit 1) e on true"
        )
        return {row["need_id"]: _standing(row) for row in rows}

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that must be the same after the same history, but for when it was written."""
        return {name: self.harness.rows(query) for name, query in STATE.items()}

    def told(self) -> list[Event]:
        return self.harness.told()


def _stored(activity: Opening, sessions: Sequence[Session]) -> dict[str, Any]:
    starts = [session.starts_at for session in sessions]
    return {
        "activity_id": activity.activity_id,
        "programme_id": ident(0xF, 0),
        "library_id": activity.library_id,
        "kind": activity.kind,
        "audience": "participants",
        "title": "Invented activity",
        "municipality": activity.municipality,
        "branch": None if activity.home_visits else "Invented branch",
        "home_visits": activity.home_visits,
        "capacity": activity.free,
        "lowest_level": activity.lowest_level,
        "highest_level": activity.highest_level,
        "literacy": sorted(activity.literacy),
        "age_bands": sorted(activity.age_bands),
        "features": sorted(activity.features),
        "starts_at": starts[0],
        "ends_at": sessions[-1].ends_at,
        "joinable_until": joinable_until(activity.kind, starts),
    }


def _standing(row: dict[str, Any]) -> Standing:
    need = Need(
        **{name: row[name] for name in Need.__slots__ if name not in ("availability", "features")},
        availability=frozenset(row["availability"]),
        features=frozenset(row["features"]),
    )
    has_place = row["enrolled"] in ("held", "final")
    assert has_place == (row["state"] == "placed"), "need and enrolment disagree"
    if row["state"] in ("waiting", "unplaced"):
        return Standing(need, row["state"], tuple(row["reasons"]))
    state = row["enrolled"] if has_place else "ended"
    return Standing(need, state, tuple(row["reasons"]), row["activity_id"])


def library_registered(library_id: str = LIBRARY, municipalities: Sequence[str] = ("GM0153", "GM0150")) -> Event:
    serves = [{"municipality": code, "kinds": []} for code in municipalities]
    data = {"name": "Invented library", "mailbox": "taalhuis@example.org", "language": "nl", "serves": serves}
    return _event(LibraryRegistered, library_id, 1, library_id=library_id, **data)


def accepted(*needs: Need, sequence: int = 1) -> Event:
    """One referral with these needs; they share all but id and kind."""
    return _event(ReferralAccepted, needs[0].referral_id, sequence, **_whole(*needs))


def changed(*needs: Need, sequence: int = 2) -> Event:
    """The same referral, about which more is known."""
    return _event(ReferralChanged, needs[0].referral_id, sequence, changes=["levels"], **_whole(*needs))


def added(*needs: Need, sequence: int = 2) -> Event:
    """The last of these needs came to the referral."""
    return _event(NeedAdded, needs[0].referral_id, sequence, need_id=needs[-1].need_id, **_whole(*needs))


def withdrawn(need: Need, reason: str = "moved", sequence: int = 2) -> Event:
    about = {"referral_id": need.referral_id, "partner_id": PARTNER, "library_id": need.library_id}
    return _event(ReferralWithdrawn, need.referral_id, sequence, reason=reason, **about)


def closed(*needs: Need, reason: str = "goal-reached", sequence: int = 2) -> Event:
    """These needs of one referral were ended."""
    first = needs[0]
    about = {"referral_id": first.referral_id, "partner_id": PARTNER, "library_id": first.library_id}
    need_ids = [need.need_id for need in needs]
    return _event(ReferralClosed, first.referral_id, sequence, reason=reason, over=True, need_ids=need_ids, **about)


def transferred(*needs: Need, library_id: str, sequence: int = 2) -> Event:
    """The referral went to this library."""
    whole = _whole(*needs)
    said = ("referral_id", "participant_id", "household_id", "partner_id", "municipality", "received_at", "needs")
    moved = {"library_id": library_id, "from_library_id": needs[0].library_id, "reason": "moved"}
    return _event(
        ReferralTransferred, needs[0].referral_id, sequence, triage_reasons=["transferred"], **moved,
        **{name: whole[name] for name in said},
    )  # fmt: skip


def _whole(*needs: Need) -> dict[str, Any]:
    first = needs[0]
    return {
        "referral_id": first.referral_id,
        "participant_id": first.participant_id,
        "household_id": first.household_id,
        "partner_id": PARTNER,
        "library_id": first.library_id,
        "municipality": first.municipality,
        "received_at": first.received_at,
        "accepted_by": "rule",
        "age_band": first.age_band,
        "spoken_level": first.spoken_level,
        "literacy": first.literacy,
        "availability": sorted(first.availability),
        "features": sorted(first.features),
        "needs": [{"need_id": need.need_id, "goal": "speaking", "kind": need.kind} for need in needs],
    }


def agreed(need: Need, **facts: Any) -> Event:
    return _answer(PlacementAgreed, need, **facts)


def declined(need: Need, **facts: Any) -> Event:
    return _answer(PlacementDeclined, need, **facts)


def _answer(kind: type[EventData], need: Need, *, sequence: int = 2, **facts: Any) -> Event:
    data = {
        "referral_id": need.referral_id,
        "need_id": need.need_id,
        "enrolment_id": enrolment_id(need.need_id, need.place_number),
        "answered_by": "participant",
        "channel": "call",
        "answered_at": RECEIVED,
    }
    return _event(kind, need.referral_id, sequence, **data | facts)


def _event(kind: type[EventData], subject_id: str, sequence: int, **data: Any) -> Event:
    made = event(kind, subject_id, data, sequence=sequence)
    same = uuid.uuid5(uuid.UUID(subject_id), f"{kind.slug}/{sequence}/{sorted(map(str, data.items()))}")
    return replace(made, id=str(same), raw=b"")
