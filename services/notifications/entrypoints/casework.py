"""What is heard while people work on a referral."""

from __future__ import annotations

from collections.abc import Callable

from chassis.inbox import hears
from contracts import casework
from contracts.envelope import Event
from services.notifications.domain import casework as of_work
from services.notifications.domain.notices import Notice
from services.notifications.store import NotificationsStore


class WhileWorked:
    """Each takes a group: events about different referrals."""

    store: NotificationsStore

    def note(self, events: list[Event], notice_of: Callable[[Event], Notice | None]) -> None:
        """Keep the notice that follows from each of these, where one does."""
        self.store.add([(event, notice) for event in events if (notice := notice_of(event))])

    @hears(casework.ReferralInformationRequested, group=True)
    def note_question(self, events: list[Event]) -> None:
        """The partner was asked something."""
        self.note(events, lambda event: of_work.of_question(event.data))

    @hears(casework.ReferralChanged, group=True)
    def note_change(self, events: list[Event]) -> None:
        """More is known of a referral; an answer is mailed."""
        terms = self.store.terms(events)
        self.note(events, lambda event: of_work.of_changed(event.data, event.time, terms))

    @hears(casework.NeedAdded, group=True)
    def note_added_need(self, events: list[Event]) -> None:
        """A need came to a referral."""
        self.note(events, lambda event: of_work.of_added_need(event.data))

    @hears(casework.ContactAttempted, group=True)
    def note_attempt(self, events: list[Event]) -> None:
        """Somebody tried to reach a participant."""
        self.note(events, lambda event: of_work.of_attempt(event.data))

    @hears(casework.IntakeTalkRecorded, group=True)
    def note_talk(self, events: list[Event]) -> None:
        """An intake talk was held."""
        self.note(events, lambda event: of_work.of_talk(event.data))

    @hears(casework.ReferralTransferred, group=True)
    def transfer(self, events: list[Event]) -> None:
        """A referral is another library's from now on."""
        terms = self.store.terms(events)
        self.store.remember_referrals(events)
        self.store.add([(e, notice) for e in events for notice in of_work.of_transfer(e.data, e.time, terms)])

    @hears(casework.ReferralWithdrawn, group=True)
    def note_withdrawal(self, events: list[Event]) -> None:
        """A partner took a referral back."""
        self.store.forget_gathering_of_referrals(events)
        self.note(events, lambda event: of_work.of_withdrawal(event.data))

    @hears(casework.ReferralClosed, group=True)
    def note_closure(self, events: list[Event]) -> None:
        """Needs of a referral were ended."""
        self.store.forget_gathering_of_closed(events)
        self.note(events, lambda event: of_work.of_closure(event.data))

    @hears(casework.ReferralOverdue, group=True)
    def note_overdue(self, events: list[Event]) -> None:
        """Nobody tried to reach a participant in time."""
        self.note(events, lambda event: of_work.of_overdue(event.data))
