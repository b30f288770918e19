"""Plain activities: gives each need of an accepted referral the soonest place that suits it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nameko.events import EventDispatcher, event_handler

from bench.plain.providers import Database
from contracts.codes import DROP_IN_KINDS
from services.activities.domain.matching import Need, first_session, lacks
from services.activities.domain.placing import enrolment_id
from services.activities.placement import needs_of
from services.activities.rows import need_row, opening_of

_OPENINGS = """
select a.activity_id::text, a.library_id::text, a.kind, a.municipality, a.home_visits, a.lowest_level, a.highest_level,
       a.literacy, a.age_bands, a.features, a.capacity - a.taken as free, next.slots, next.moments
from activity a
cross join lateral (
    select array_agg(slot) as slots, array_agg(moment) as moments
    from (select s.slot, min(s.starts_at) as moment from session s
          where s.activity_id = a.activity_id and s.starts_at > now() group by s.slot) as per_slot
) as next
where a.library_id = %s and a.kind = %s and a.joinable_until > now()
"""


class ActivitiesService:
    """Owns places."""

    name = "activities"
    database = Database()
    dispatch = EventDispatcher()

    @event_handler("intake", "referral_accepted")
    def place(self, event: dict[str, Any]) -> None:
        """One transaction, then one event for each need."""
        event = event | {"received_at": datetime.fromisoformat(event["received_at"])}
        with self.database.transaction() as cursor:
            told = [_placed(cursor, need, event) for need in needs_of(event)]
        for type_, place in filter(None, told):
            self.dispatch(type_, place)


def _placed(cursor: Any, need: Need, event: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Give the need its place; the event to tell of it, or None: it waits."""
    chosen = _chosen(cursor, need)
    row = need_row(need, "placed" if chosen else "waiting", ())
    cursor.execute(f"insert into need values ({', '.join(['%s'] * len(row))})", row)
    if chosen is None:
        return None
    activity_id, starts_at = chosen
    state = "final" if need.kind in DROP_IN_KINDS else "held"
    enrolment, now = enrolment_id(need.need_id), datetime.now(UTC)
    cursor.execute("insert into place values (%s, %s)", [activity_id, need.holder])
    cursor.execute(
        "insert into enrolment values (%s, %s, %s, %s, %s, %s, %s, %s)",
        [enrolment, need.need_id, activity_id, need.library_id, need.holder, state, starts_at, now],
    )
    return "participant_enrolled" if state == "final" else "place_held", {
        "at": now.isoformat(), "enrolment_id": enrolment, "need_id": need.need_id, "referral_id": need.referral_id,
        "library_id": need.library_id, "kind": need.kind, "municipality": need.municipality,
        "activity_id": activity_id, "starts_at": starts_at.isoformat(), "partner_id": event["partner_id"],
        "received_at": event["at"],
    }  # fmt: skip


def _chosen(cursor: Any, need: Need) -> tuple[str, datetime] | None:
    """Take the soonest place that suits; who was too late for the last one takes the next."""
    cursor.execute(_OPENINGS, [need.library_id, need.kind])
    suitable = [
        (starts_at, one.activity_id)
        for one in map(opening_of, cursor.fetchall())
        if one.free > 0 and not lacks(need, one) and (starts_at := first_session(need, one))
    ]
    for starts_at, activity_id in sorted(suitable):
        cursor.execute(
            "update activity set taken = taken + 1 where activity_id = %s and taken < capacity", [activity_id]
        )
        if cursor.rowcount:
            return activity_id, starts_at
    return None


SERVICE = ActivitiesService
