"""Works off the mails that are due, some per run, and tells which arrived.

An attempt is counted and committed before the server hears of the mail. A process that dies between the server's yes
and its own commit leaves a mail that is sent again after its lease, with the same Message-ID: at least once, and hardly
ever twice (docs/adr/0013-mails-are-rows.md).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from chassis.failpoints import failpoint
from chassis.outbox import Teller
from chassis.unit import Unit
from contracts.notifications import NotificationDelivered, NotificationFailed
from services.notifications import metrics
from services.notifications.domain.delivery import Delivered, Never, NotNow, ServerAway, Verdict
from services.notifications.mails import MailMaker, UnusableAddress
from services.notifications.settings import MailSettings
from services.notifications.smtp import Away, SmtpSession
from services.notifications.store import NotificationsStore

log = structlog.get_logger()

Row = dict[str, Any]


class Sender:
    """One run of the timer. `unit` is committed in between, so that no transaction waits for the mail server."""

    def __init__(
        self, store: NotificationsStore, unit: Unit, tell: Teller, settings: MailSettings, maker: MailMaker
    ) -> None:
        self._store = store
        self._unit = unit
        self._tell = tell
        self._settings = settings
        self._maker = maker
        self._ends = time.monotonic() + settings.longest_run
        self._was_away = False

    def run(self) -> bool:
        """Send what is due; True when there may be more."""
        self._measure()
        server = self._store.server()
        self._was_away = server is not None
        due = self._store.due_mails(self._settings.lot) if server is None or server["may_try"] else []
        self._unit.commit()
        if not due:
            return False
        sender = self._settings.sender
        session = SmtpSession(self._settings.server, timeout=self._settings.timeout, local_name=sender.domain)
        try:
            with session:
                return self._work_off(session, due) and len(due) == self._settings.lot
        except Away as away:
            self._look_later(away.verdict)
            return False

    def _work_off(self, session: SmtpSession, due: list[str]) -> bool:
        """Try each; False when the server would take no more."""
        waiting = iter(due)
        mail = self._claim_next(waiting)
        self._unit.commit()
        while mail is not None:
            verdict = self._attempt(session, mail)
            failpoint("mail-answered")
            self._settle(mail, verdict)
            mail = None if isinstance(verdict, ServerAway) else self._claim_next(waiting)
            # What became of one and the attempt at the next are one commit: half as many.
            self._unit.commit()
            if isinstance(verdict, ServerAway):
                return False
        return True

    def _claim_next(self, waiting: Iterator[str]) -> Row | None:
        """Begin the attempt at the first of these that is still due; None at their end, or when time is up."""
        self._unit.now = datetime.now(UTC)  # the lease runs from here, however long the mail before took
        for mail_id in waiting:
            if time.monotonic() > self._ends:
                return None
            if mail := self._store.claim(mail_id, lease=self._settings.lease):
                return mail
        return None

    def _attempt(self, session: SmtpSession, mail: Row) -> Verdict:
        if mail["attempts"] > self._settings.attempts:  # the last ones never ended: a process died of each
            return Never("attempts-exhausted", "never-ended")
        try:
            message = self._maker.make(mail)
        except UnusableAddress:
            return Never("address-refused", "address-unusable")
        return session.send(message)

    def _settle(self, mail: Row, verdict: Verdict) -> None:
        self._tell.in_bulk()  # nobody waits to hear that a mail went out
        metrics.mail_attempts.labels(type(verdict).__name__).inc()
        match verdict:
            case Delivered():
                if self._was_away and self._store.server_is_back():
                    self._was_away = False
                    log.info("mail_server_back")
                self._end(mail, "delivered", None)
                self._tell(NotificationDelivered, mail["mail_id"], **_about(mail))
            case Never(reason, error):
                self._fail(mail, reason, error)
            case NotNow(error):
                self._postpone(mail, error)
            case ServerAway(error):
                self._postpone(mail, error)
                self._look_later(verdict)

    def _postpone(self, mail: Row, error: str) -> None:
        patience = self._settings.patience_with_mail
        if patience.is_over(mail["attempts"]):
            self._fail(mail, "attempts-exhausted", error)
            return
        wait = patience.wait(mail["attempts"])
        self._store.postpone(mail["mail_id"], error, self._store.now + timedelta(seconds=wait))
        log.warning("mail_postponed", mail_id=mail["mail_id"], attempt=mail["attempts"], reason=error,
                    again_in=round(wait))  # fmt: skip

    def _fail(self, mail: Row, reason: str, error: str) -> None:
        self._end(mail, "failed", error)
        self._tell(NotificationFailed, mail["mail_id"], reason=reason, attempts=mail["attempts"], **_about(mail))
        log.error("mail_failed", mail_id=mail["mail_id"], attempts=mail["attempts"], reason=reason, reply=error)

    def _end(self, mail: Row, status: str, error: str | None) -> None:
        self._store.end(mail["mail_id"], status, error)
        metrics.mails_ended.labels(mail["template"], status).inc()

    def _look_later(self, verdict: ServerAway) -> None:
        failures = self._store.server_is_away(verdict.error)
        wait = self._settings.patience_with_server.wait(failures)
        self._store.try_server_at(self._store.now + timedelta(seconds=wait))
        log.warning("mail_server_away", reason=verdict.error, failures=failures, again_in=round(wait, 1))

    def _measure(self) -> None:
        depth = self._store.mail_depth()
        metrics.mails_waiting.set(depth["waiting"])
        metrics.mails_oldest.set(float(depth["oldest_seconds"]))
        metrics.server_away.set(depth["server_away"])


def _about(mail: Row) -> Row:
    return {
        "template": mail["template"],
        "channel": "e-mail",
        "library_id": mail["library_id"],
        "referral_id": mail["referral_id"],
    }
