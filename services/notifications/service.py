"""Notifications: hears what happened, keeps what a library should know, and mails what asks somebody to act."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from nameko.extensions import DependencyProvider

from chassis.http import Call, NotFound, Page, endpoint
from chassis.inbox import hears
from chassis.outbox import Teller, Tells
from chassis.revocation import revoke
from chassis.service import Service
from chassis.service_database import configured
from chassis.store import Stores
from chassis.timers import every
from contracts import activities, intake
from contracts.envelope import Event
from contracts.ids import is_id
from services.notifications import metrics, schemas
from services.notifications.domain import notices
from services.notifications.entrypoints.casework import WhileWorked
from services.notifications.mails import MailMaker
from services.notifications.sender import Sender
from services.notifications.settings import MailSettings
from services.notifications.store import NotificationsStore

_LOT = 500


class Mailing(NamedTuple):
    """How mail is sent, and what makes it."""

    settings: MailSettings
    maker: MailMaker


class Mailings(DependencyProvider):  # type: ignore[misc]
    """`mailing = Mailings()`: read once at start; nothing connects before there is a mail."""

    def setup(self) -> None:
        settings = configured(self.container, MailSettings)
        self._mailing = Mailing(settings, MailMaker(settings.sender, settings.work_url))

    def get_dependency(self, worker_ctx: Any) -> Mailing:
        return self._mailing


class NotificationsService(WhileWorked, Service):
    """Tells a library what it should know: as a notice in its list, and by mail where somebody has to act."""

    name = "notifications"
    concerns = (MailSettings,)
    store: NotificationsStore = Stores(NotificationsStore)
    tell: Teller = Tells()
    mailing: Mailing = Mailings()

    @hears(intake.LibraryRegistered, group=True)
    @hears(intake.LibraryChanged, group=True)
    def know_libraries(self, events: list[Event]) -> None:
        """Know where a library's mail goes, and in which language."""
        self.store.register_libraries(events)

    @hears(intake.PartnerRegistered, group=True)
    @hears(intake.PartnerChanged, group=True)
    def know_partners(self, events: list[Event]) -> None:
        """Know partners by name, and refuse tokens that were revoked."""
        self.store.name_partners(events)
        for event in events:
            revoke(self.store, event.data["partner_id"], event.data["tokens_valid_from"])

    @hears(intake.ReferralReceived, group=True)
    def receive(self, events: list[Event]) -> None:
        """Someone was referred; a library hears of it now only if somebody has to decide."""
        self.store.remember_referrals(events)
        terms = self.store.terms(events)
        self.note(events, lambda event: notices.of_received(event.data, event.time, terms))

    @hears(intake.ReferralAccepted, group=True)
    def accept(self, events: list[Event]) -> None:
        """A referral is a library's from now on."""
        known, terms = self.store.libraries_of(events), self.store.terms(events)
        self.store.remember_referrals(events)
        self.note(events, lambda e: notices.of_accepted(e.data, e.time, known.get(e.subject_id), terms))

    @hears(intake.ReferralRejected, group=True)
    def reject(self, events: list[Event]) -> None:
        """A referral was refused."""
        self.note(events, lambda event: notices.of_rejected(event.data))

    @hears(intake.ReferralFileProcessed, group=True)
    def tell_of_file(self, events: list[Event]) -> None:
        """A file was taken in: one notice and one mail for each library."""
        terms = self.store.terms(events)
        self.store.add([(e, notice) for e in events for notice in notices.of_file(e.data, e.time, terms)])

    @hears(intake.PlacementAgreed, group=True)
    def agree(self, events: list[Event]) -> None:
        """Somebody said yes to a place."""
        self._answered("placement-agreed", events)

    @hears(intake.PlacementDeclined, group=True)
    def decline(self, events: list[Event]) -> None:
        """Somebody said no to a place."""
        self._answered("placement-declined", events)

    @hears(activities.PlaceHeld, group=True)
    def hold(self, events: list[Event]) -> None:
        """A place is held: the person must be spoken with."""
        self._placed("place-held", events)

    @hears(activities.ParticipantEnrolled, group=True)
    def enrol(self, events: list[Event]) -> None:
        """A place is final."""
        self._placed("participant-enrolled", events)

    @hears(activities.EnrolmentEnded, group=True)
    def end(self, events: list[Event]) -> None:
        """A place was given up."""
        self.note(events, lambda event: notices.of_place("enrolment-ended", event.data, event.time))

    @hears(activities.ParticipantWaitlisted, group=True)
    def wait(self, events: list[Event]) -> None:
        """A need stands in line."""
        self.store.forget_gathering(events)
        self.note(events, lambda event: notices.of_waiting(event.data))

    @hears(activities.NeedUnplaced, group=True)
    def leave_unplaced(self, events: list[Event]) -> None:
        """Nothing suits a need; one mail will tell of all such needs of a library."""
        self.store.forget_gathering(events)
        self.note(events, lambda event: notices.of_unplaced(event.data))

    def _answered(self, code: str, events: list[Event]) -> None:
        libraries = self.store.libraries_of(events)
        known = [event for event in events if event.data["referral_id"] in libraries]
        metrics.without_library.labels(code).inc(len(events) - len(known))
        self.store.add(
            [(event, notices.of_answer(code, event.data, libraries[event.data["referral_id"]])) for event in known]
        )

    def _placed(self, code: str, events: list[Event]) -> None:
        self.store.forget_gathering(events)
        terms = self.store.terms(events)
        self.note(events, lambda event: notices.of_place(code, event.data, event.time, terms))

    @every(seconds=10, name="gather-mail")
    def gather_mail(self) -> bool:
        """One mail for each library of the needs that nothing suits, once they waited for company."""
        return self.store.gather(waited=timedelta(seconds=self.mailing.settings.gather), most=_LOT)

    @every(seconds=1, name="send-mail")
    def send_mail(self) -> bool:
        """Send what is due; nothing else waits for the mail server."""
        return Sender(self.store, self.unit, self.tell, *self.mailing).run()

    @every(seconds=3600, name="forget-notices")
    def forget_notices(self) -> bool:
        """Notices and mails go after their time, and referrals of which nothing is known any more."""
        return self.store.forget(kept=timedelta(days=self.mailing.settings.retention_days), most=_LOT)

    @endpoint("GET", "/notices", scope="notices:read", query=schemas.NoticeQuery, returns=schemas.Notice,
              summary="See what your library should know", tags=["notices"])  # fmt: skip
    def list_notices(self, call: Call) -> Page:
        """The notices of the caller's libraries, newest first."""
        rows = self.store.notices(
            libraries=_libraries(call),
            unread=call.query["unread"],
            code=call.query.get("code"),
            after=call.cursor,
            limit=call.limit + 1,
        )
        page = Page.of(rows, call, key=lambda row: (row["at"], row["notice_id"]))
        return Page([schemas.notice(row) for row in page.items], page.next)

    @endpoint("PATCH", "/notices/<uuid:notice_id>", scope="notices:read", body=schemas.NoticeChange,
              returns=schemas.Notice, summary="Mark a notice as read", tags=["notices"])  # fmt: skip
    def mark_notice(self, call: Call, notice_id: str) -> dict[str, Any]:
        """For all of the library's staff at once."""
        row = self.store.read_notice(notice_id, libraries=_libraries(call), read=call.body["read"])
        if row is None:
            raise NotFound("Your library has no such notice.")
        return schemas.notice(row)

    @endpoint("GET", "/mails", scope="operations:read", query=schemas.MailQuery, returns=schemas.Mail,
              summary="See what became of mails", tags=["operations"])  # fmt: skip
    def list_mails(self, call: Call) -> Page:
        """Newest first; neither texts nor addresses."""
        rows = self.store.mails(status=call.query.get("status"), after=call.cursor, limit=call.limit + 1)
        return Page.of(rows, call, key=lambda row: (row["made_at"], row["mail_id"]))


def _libraries(call: Call) -> list[str]:
    """The caller's own; a claim that is no id of ours is nobody's library."""
    return sorted(library for library in call.caller.libraries if is_id(library))
