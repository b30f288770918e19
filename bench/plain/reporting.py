"""Plain reporting: keeps what it hears and counts it, both in the handler's one transaction."""

from __future__ import annotations

from typing import Any

from nameko.events import event_handler

from bench.plain.providers import Database

_CELL = """
insert into cell as known (kind, month, municipality, library_id, partner_id, {column})
values (
    %(kind)s, date_trunc('month', %(received_at)s::timestamptz)::date, %(municipality)s, %(library_id)s,
    %(partner_id)s, 1)
on conflict (kind, month, municipality, library_id, partner_id) do update set {column} = known.{column} + 1
"""


class ReportingService:
    """Owns counts."""

    name = "reporting"
    database = Database()

    @event_handler("intake", "referral_received")
    def receive(self, event: dict[str, Any]) -> None:
        with self.database.transaction() as cursor:
            cursor.execute(
                "insert into referral values (%s, %s, %s, %s, %s, %s)",
                [event[name] for name in ("referral_id", "participant_id", "partner_id", "library_id", "municipality",
                                          "received_at")],
            )  # fmt: skip
            for need in sorted(event["needs"], key=lambda need: need["kind"]):
                cursor.execute(
                    "insert into need values (%s, %s, %s)", [need["need_id"], event["referral_id"], need["kind"]]
                )
                _count(cursor, event | {"kind": need["kind"]}, "needs_received")
            _count(cursor, event | {"kind": "any"}, "referrals_received")

    @event_handler("intake", "referral_accepted")
    def accept(self, event: dict[str, Any]) -> None:
        with self.database.transaction() as cursor:
            cursor.execute("insert into decision values (%s, 'accepted')", [event["referral_id"]])
            _count(cursor, event | {"kind": "any"}, "referrals_accepted")

    @event_handler("activities", "place_held")
    def hold(self, event: dict[str, Any]) -> None:
        self._placed(event, "held")

    @event_handler("activities", "participant_enrolled")
    def enrol(self, event: dict[str, Any]) -> None:
        self._placed(event, "placed")

    @event_handler("notifications", "notification_delivered")
    def note(self, event: dict[str, Any]) -> None:
        with self.database.transaction() as cursor:
            cursor.execute("insert into delivered values (%s, %s)", [event["mail_id"], event["referral_id"]])

    def _placed(self, event: dict[str, Any], state: str) -> None:
        with self.database.transaction() as cursor:
            cursor.execute(
                "insert into enrolment values (%s, %s, %s, %s, %s)",
                [event["enrolment_id"], event["need_id"], event["referral_id"], state, event["at"]],
            )
            _count(cursor, event, f"needs_{state}")
            _count(cursor, event | {"kind": "any"}, f"needs_{state}")


def _count(cursor: Any, event: dict[str, Any], column: str) -> None:
    cursor.execute(_CELL.format(column=column), event)


SERVICE = ReportingService
