"""Reporting: hears everything, counts it, and answers with counts. Tells nothing."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from chassis.http import Call, Page, endpoint
from chassis.inbox import hears
from chassis.revocation import revoke
from chassis.service import Service
from chassis.service_database import configured
from chassis.store import Stores
from chassis.timers import every
from contracts import activities, casework, intake, notifications
from contracts.envelope import Event
from services.reporting import answers
from services.reporting.domain import View, narrowed, view_of
from services.reporting.schemas import Aggregate, AggregateQuery, Filter, Funnel, Receipt, ReceiptQuery, Totals
from services.reporting.settings import ReportingSettings
from services.reporting.store import COUNTING, ReportingStore


class Settings(DependencyProvider):  # type: ignore[misc]
    """This service's own settings, read once at start."""

    def setup(self) -> None:
        self._settings = configured(self.container, ReportingSettings)

    def get_dependency(self, worker_ctx: Any) -> ReportingSettings:
        return self._settings


class ReportingService(Service):
    """Handlers keep facts, the timer counts what changed, and HTTP answers from the counts."""

    name = "reporting"
    concerns = (ReportingSettings,)
    store: ReportingStore = Stores(ReportingStore)
    settings: ReportingSettings = Settings()

    @hears(intake.LibraryRegistered, group=True)
    @hears(intake.LibraryChanged, group=True)
    def name_libraries(self, events: list[Event]) -> None:
        """Know libraries by name."""
        self.store.receive(events)
        self.store.name_libraries(events)

    @hears(intake.PartnerRegistered, group=True)
    @hears(intake.PartnerChanged, group=True)
    def name_partners(self, events: list[Event]) -> None:
        """Know partners by name, and refuse tokens that were revoked."""
        self.store.receive(events)
        self.store.name_partners(events)
        for event in events:
            revoke(self.store, event.data["partner_id"], event.data["tokens_valid_from"])

    @hears(intake.ReferralReceived, group=True)
    def describe(self, events: list[Event]) -> None:
        """Someone was referred; it is in triage until a decision is heard."""
        self.store.receive(events)
        self.store.describe(events)

    @hears(intake.ReferralAccepted, group=True)
    def accept(self, events: list[Event]) -> None:
        """A referral was accepted, as it is described now."""
        self.store.receive(events)
        self.store.describe(events)
        self.store.decide(events, "accepted")

    @hears(intake.ReferralRejected, group=True)
    def reject(self, events: list[Event]) -> None:
        """A referral was refused."""
        self.store.receive(events)
        self.store.decide(events, "rejected")

    @hears(casework.ReferralChanged, group=True)
    @hears(casework.NeedAdded, group=True)
    def describe_anew(self, events: list[Event]) -> None:
        """More is known of a referral, or it has a need more."""
        self.store.receive(events)
        self.store.describe(events)

    @hears(casework.ReferralTransferred, group=True)
    def transfer(self, events: list[Event]) -> None:
        """Another library has it, and decides anew."""
        self.store.receive(events)
        self.store.describe(events)
        self.store.decide(events, "in-triage")

    @hears(casework.ReferralWithdrawn, group=True)
    def withdraw(self, events: list[Event]) -> None:
        """A partner took a referral back."""
        self.store.receive(events)
        self.store.decide(events, "withdrawn")

    @hears(casework.ReferralClosed, group=True)
    def close(self, events: list[Event]) -> None:
        """A library ended needs."""
        self.store.receive(events)
        self.store.close_needs(events)

    @hears(casework.ReferralOverdue, group=True)
    def note_overdue(self, events: list[Event]) -> None:
        """A library did not get in touch in time."""
        self.store.receive(events)
        self.store.note_overdue(events)

    @hears(intake.ParticipantsLinked, group=True)
    def link(self, events: list[Event]) -> None:
        """Two participants are one person from now on, and always were."""
        self.store.receive(events)
        self.store.link(events)

    @hears(intake.ParticipantsUnlinked, group=True)
    def unlink(self, events: list[Event]) -> None:
        """A participant is a person of their own again: another library has the referral."""
        self.store.receive(events)
        self.store.unlink(events)

    @hears(activities.PlaceHeld, group=True)
    def hold(self, events: list[Event]) -> None:
        """A place is kept."""
        self.store.receive(events)
        self.store.record_places(events, "held")

    @hears(activities.ParticipantEnrolled, group=True)
    def place(self, events: list[Event]) -> None:
        """A place is final."""
        self.store.receive(events)
        self.store.record_places(events, "placed")

    @hears(activities.EnrolmentEnded, group=True)
    def end(self, events: list[Event]) -> None:
        """A place was given up."""
        self.store.receive(events)
        self.store.record_places(events, "ended")

    @hears(activities.ParticipantWaitlisted, group=True)
    def wait(self, events: list[Event]) -> None:
        """A need stands in line."""
        self.store.receive(events)
        self.store.record_without_place(events, "waiting")

    @hears(activities.NeedUnplaced, group=True)
    def leave_unplaced(self, events: list[Event]) -> None:
        """Nothing suits a need."""
        self.store.receive(events)
        self.store.record_without_place(events, "unplaced")

    @hears(casework.ReferralInformationRequested, group=True)
    @hears(casework.ContactAttempted, group=True)
    @hears(casework.IntakeTalkRecorded, group=True)
    @hears(intake.PlacementAgreed, group=True)
    @hears(intake.PlacementDeclined, group=True)
    @hears(intake.ReferralFileProcessed, group=True)
    @hears(activities.ProgrammePublished, group=True)
    @hears(activities.ActivityScheduled, group=True)
    @hears(notifications.NotificationDelivered, group=True)
    @hears(notifications.NotificationFailed, group=True)
    def only_note(self, events: list[Event]) -> None:
        """Nothing is counted from these; that they came is what the audit wants to know."""
        self.store.receive(events)

    @every(seconds=1, name=COUNTING)
    def count_again(self) -> bool:
        """Bring the counts up to the facts, a lot at a time."""
        return self.store.count_again(self.settings.recount_lot)

    @endpoint("GET", "/aggregates", scope="reports:read", query=AggregateQuery, returns=Aggregate,
              summary="Count referrals, needs and persons", tags=["reports"])  # fmt: skip
    def aggregates(self, call: Call) -> Page:
        """Counts by the dimensions asked, of what the caller may see."""
        view, by = _view(call), call.query["by"]
        rows = self.store.aggregates(**_filter(call, view), by=by, after=call.cursor, limit=call.limit + 1)
        page = Page.of(rows, call, key=answers.key_of)
        below = self.settings.withhold_below
        return Page([answers.aggregate(row, by, view, below) for row in page.items], page.next)

    @endpoint("GET", "/funnel", scope="reports:read", query=Filter, returns=Funnel,
              summary="See how far referrals and needs are on their path", tags=["reports"])  # fmt: skip
    def funnel(self, call: Call) -> dict[str, Any]:
        """How many are at each step now, of what the caller may see."""
        view = _view(call)
        behind = self.store.is_behind()
        found = answers.funnel(self.store.aggregates(**_filter(call, view)), view, self.settings.withhold_below)
        return found | {"all_counted": not behind}

    @endpoint("GET", "/totals", scope="operations:read", returns=Totals,
              summary="See what is counted in all", tags=["operations"])  # fmt: skip
    def totals(self, call: Call) -> dict[str, Any]:
        """Everything that is counted, for operators: whole numbers over the whole installation, and no filter."""
        behind = self.store.is_behind()
        rows = self.store.aggregates()
        found = answers.counts(rows[0] if rows else answers.NOTHING, View(protected=False), below=1)
        return found | {"all_counted": not behind}

    @endpoint("GET", "/audit", scope="operations:read", query=ReceiptQuery, returns=Receipt,
              summary="See what was heard of each subject, and what is missing", tags=["operations"])  # fmt: skip
    def audit(self, call: Call) -> Page:
        """In the order of source and subject, to be laid beside the flow heads of each service."""
        query = call.query
        rows = self.store.receipts(
            source=query.get("source"), gaps_only=query["gaps_only"], after=call.cursor, limit=call.limit + 1
        )
        page = Page.of(rows, call, key=lambda row: (row["source"], row["subject"]))
        return Page([answers.receipt(row) for row in page.items], page.next)


def _view(call: Call) -> View:
    caller = call.caller
    return view_of(
        staff=caller.kind == "staff",
        roles=caller.roles,
        libraries=caller.libraries,
        municipalities=caller.municipalities,
    )


def _filter(call: Call, view: View) -> dict[str, Any]:
    query = call.query
    return {
        "month": query.get("month"),
        "municipalities": narrowed(view.municipalities, query.get("municipality")),
        "libraries": narrowed(view.libraries, query.get("library_id")),
        "partner_id": query.get("partner_id"),
        "kind": query.get("kind"),
    }
