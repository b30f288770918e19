"""Plain notifications: keeps notices, and mails about referrals from the handler itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nameko.events import EventDispatcher, event_handler

from bench.plain.providers import Database, Mails, as_json
from contracts.working_days import contact_by
from services.intake.records import new_id

_NOTICE = """
insert into notice (
    notice_id, library_id, code, at, heard_at, referral_id, need_id, enrolment_id, partner_id, facts, mail_id)
values (%(notice_id)s, %(library_id)s, %(code)s, %(at)s, %(heard_at)s, %(referral_id)s, %(need_id)s, %(enrolment_id)s,
        %(partner_id)s, %(facts)s, %(mail_id)s)
"""


class NotificationsService:
    """Owns notices."""

    name = "notifications"
    database = Database()
    mailer = Mails()
    dispatch = EventDispatcher()

    @event_handler("intake", "referral_received")
    def receive(self, event: dict[str, Any]) -> None:
        with self.database.transaction() as cursor:
            cursor.execute("insert into referral values (%s, %s)", [event["referral_id"], event["library_id"]])

    @event_handler("intake", "referral_accepted")
    def accept(self, event: dict[str, Any]) -> None:
        """Keep the notice and the mail, send the mail, note that it went, commit, tell."""
        mail_id, now = new_id(), datetime.now(UTC)
        facts = {
            "contact_by": contact_by(datetime.fromisoformat(event["at"])).isoformat(),
            "kinds": [need["kind"] for need in event["needs"]],
        }
        with self.database.transaction() as cursor:
            cursor.execute("select * from library where library_id = %s", [event["library_id"]])
            library = cursor.fetchone()
            cursor.execute(_NOTICE, _notice(event, "referral-accepted", facts, mail_id))
            cursor.execute(
                "insert into mail values (%s, 'referral-accepted', %s, %s, %s, 'delivered', %s)",
                [mail_id, event["library_id"], event["referral_id"], now, as_json(facts)],
            )
            self.mailer.send(self.mailer.make({
                "mail_id": mail_id, "template": "referral-accepted", "language": library["language"],
                "partner_name": "Bench", "facts": facts, "library_name": library["name"],
                "mailbox": library["mailbox"], "made_at": now,
            }))  # fmt: skip
        self.dispatch("notification_delivered", {"mail_id": mail_id, "referral_id": event["referral_id"]})

    @event_handler("activities", "place_held")
    def hold(self, event: dict[str, Any]) -> None:
        self._placed(event, "place-held")

    @event_handler("activities", "participant_enrolled")
    def enrol(self, event: dict[str, Any]) -> None:
        self._placed(event, "participant-enrolled")

    def _placed(self, event: dict[str, Any], code: str) -> None:
        facts = {"kind": event["kind"], "starts_at": event["starts_at"]}
        with self.database.transaction() as cursor:
            cursor.execute(_NOTICE, _notice(event, code, facts, None))


def _notice(event: dict[str, Any], code: str, facts: dict[str, Any], mail_id: str | None) -> dict[str, Any]:
    return {
        "notice_id": new_id(), "library_id": event["library_id"], "code": code, "at": event["at"],
        "heard_at": datetime.now(UTC), "referral_id": event["referral_id"], "need_id": event.get("need_id"),
        "enrolment_id": event.get("enrolment_id"), "partner_id": event["partner_id"], "facts": as_json(facts),
        "mail_id": mail_id,
    }  # fmt: skip


SERVICE = NotificationsService
