"""What notifications keeps: organisations, notices, and mails that a sender works off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import uuid_utils

from chassis.store import Store
from contracts.envelope import Event
from services.notifications.domain.notices import Notice
from services.notifications.domain.terms import AllTerms, Terms

Row = dict[str, Any]


class NotificationsStore(Store):
    """Handlers write whole groups of events; the sender takes mails one at a time."""

    def register_libraries(self, events: Iterable[Event]) -> None:
        self.write_values(
            "register_libraries",
            [
                (
                    event.subject_id,
                    event.data["name"],
                    event.data["mailbox"],
                    event.data["language"],
                    event.data["contact_within_days"],
                    [each[day] for each in event.data["closures"] for day in ("from_", "through")],
                    event.sequence,
                )
                for event in events
            ],
        )

    def terms(self, events: Iterable[Event]) -> AllTerms:
        """Until when the libraries that these events name get in touch."""
        named = {event.data.get("library_id") for event in events}
        shares = {share["library_id"] for event in events for share in event.data.get("libraries", ())}
        libraries = sorted(library for library in named | shares if library)
        rows = self.rows("terms_of_libraries", libraries=libraries) if libraries else []
        return AllTerms({row["library_id"]: _terms(row) for row in rows})

    def name_partners(self, events: Iterable[Event]) -> None:
        self.write_values("name_partners", [(event.subject_id, event.data["name"], event.sequence) for event in events])

    def remember_referrals(self, events: Iterable[Event]) -> None:
        """Keep which library each referral is with, from `referral-received` or `-accepted`."""
        self.write_values(
            "remember_referrals",
            [
                (
                    event.subject_id,
                    event.data["library_id"],
                    event.data["referral_file_id"] is not None,
                    event.sequence,
                )
                for event in events
            ],
        )

    def libraries_of(self, events: Iterable[Event]) -> dict[str, str]:
        """The library of each event's referral, where one is known, by the referral's id."""
        referrals = [event.data["referral_id"] for event in events]
        found = self.rows("libraries_of_referrals", referrals=referrals)
        return {row["referral_id"]: row["library_id"] for row in found}

    def add(self, notices: Sequence[tuple[Event, Notice]]) -> None:
        """Keep notices, each once per event and library; those to be mailed at once with their mail."""
        self.write_values("add_notices", [self._notice(event, notice) for event, notice in notices])

    def _notice(self, event: Event, notice: Notice) -> tuple[Any, ...]:
        mailed = notice.mail == "now"
        return (
            _new_id(),
            notice.library_id,
            notice.code,
            event.id,
            event.time,
            self.now,
            notice.referral_id,
            notice.need_id,
            notice.enrolment_id,
            notice.referral_file_id,
            notice.partner_id,
            notice.facts,
            "mailed" if mailed else notice.mail,
            _new_id() if mailed else None,
        )

    def forget_gathering(self, events: Iterable[Event]) -> None:
        """These needs have found a place, or stand in line: no mail says any more that nothing suits them."""
        self.write("forget_gathering", needs=[event.data["need_id"] for event in events])

    def forget_gathering_of_closed(self, events: Iterable[Event]) -> None:
        """These needs were ended: nobody looks for a place any more."""
        self.run("forget_gathering", needs=[need for event in events for need in event.data["need_ids"]])

    def forget_gathering_of_referrals(self, events: Iterable[Event]) -> None:
        """Nor for the needs of these."""
        self.run("forget_gathering_of_referrals", referrals=[event.data["referral_id"] for event in events])

    def gather(self, *, waited: timedelta, most: int) -> bool:
        """Make one mail for each library of what waited long enough; True when there may be more."""
        self.write("leave_files_out")
        return self.run("gather", heard_before=self.now - waited, most=most, now=self.now) == most

    def notices(
        self, *, libraries: Iterable[str], unread: bool, code: str | None, after: tuple[Any, ...] | None, limit: int
    ) -> list[Row]:
        """Notices of these libraries, newest first."""
        return self.rows("notices", libraries=list(libraries), unread=unread, code=code, after=after, limit=limit)

    def read_notice(self, notice_id: str, *, libraries: Iterable[str], read: bool) -> Row | None:
        """Mark a notice of one of these libraries; None when there is none."""
        return self.row("read_notice", notice_id=notice_id, libraries=list(libraries), read=read, now=self.now)

    def forget(self, *, kept: timedelta, most: int) -> bool:
        """Delete what is older than that; True when there may be more."""
        before = self.now - kept
        gone = [
            self.run(query, before=before, most=most)
            for query in ("forget_notices", "forget_referrals", "forget_mails")
        ]
        return most in gone

    def server(self) -> Row | None:
        """None unless the mail server was found away; `may_try`: its time to be tried again has come."""
        return self.row("server", now=self.now)

    def due_mails(self, most: int) -> list[str]:
        """Ids of mails to try now."""
        return [row["mail_id"] for row in self.rows("due_mails", now=self.now, most=most)]

    def claim(self, mail_id: str, *, lease: float) -> Row | None:
        """Begin an attempt that takes `lease` seconds at most; None when it is not due any more."""
        not_before = self.now + timedelta(seconds=lease)
        return self.row("claim_mail", mail_id=mail_id, now=self.now, not_before=not_before)

    def end(self, mail_id: str, status: str, error: str | None) -> None:
        """The mail was `delivered` or has `failed`."""
        self.write("end_mail", mail_id=mail_id, status=status, error=error, now=self.now)

    def postpone(self, mail_id: str, error: str, due_at: datetime) -> None:
        """Try this mail again then."""
        self.write("postpone_mail", mail_id=mail_id, error=error, due_at=due_at)

    def server_is_away(self, reason: str) -> int:
        """Note that the mail server cannot be used; how often in a row."""
        row = self.row("server_is_away", reason=reason, now=self.now)
        return int(row["failures"]) if row else 1

    def try_server_at(self, moment: datetime) -> None:
        """Nobody tries the mail server before then."""
        self.write("try_server_at", try_again_at=moment)

    def server_is_back(self) -> bool:
        """Note that the mail server answers; whether it was away."""
        return self.run("server_is_back") > 0

    def mails(self, *, status: str | None, after: tuple[Any, ...] | None, limit: int) -> list[Row]:
        """What became of mails, newest first."""
        return self.rows("mails", status=status, after=after, limit=limit)

    def mail_depth(self) -> Row:
        """How many mails wait, for how many seconds, and whether the server is away."""
        return self.row("mail_depth", now=self.now) or {}


def _terms(row: Row) -> Terms:
    days = row["closed_days"]
    return Terms(row["contact_within_days"], list(zip(days[::2], days[1::2], strict=True)))


def _new_id() -> str:
    return str(uuid_utils.uuid7())
