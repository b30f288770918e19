"""The catalogue: for each event who tells it, what it is about, what keeps its order, and who hears it.

Queues, bindings, the AsyncAPI description and the documentation are made from this table (design, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts import activities, casework, intake, notifications
from contracts.event import EventData, camel

SERVICES: Final = ("intake", "activities", "notifications", "reporting")
ALL: Final = frozenset(SERVICES)
_COUNTED: Final = frozenset({"notifications", "reporting"})
_PLACED: Final = frozenset({"intake", "notifications", "reporting"})
_REPORTED: Final = frozenset({"reporting"})


@dataclass(frozen=True, slots=True)
class Told:
    """One row of the catalogue.

    `subject` is the aggregate's name, `subject_field` its id in the data; `partition_field` is the id whose events
    keep their order: the referral's (`R` in the design) or the subject's own.
    """

    event: type[EventData]
    by: str
    subject: str
    heard_by: frozenset[str]
    by_referral: bool = False

    @property
    def subject_field(self) -> str:
        return f"{self.subject.replace('-', '_')}_id"

    @property
    def partition_field(self) -> str:
        return "referral_id" if self.by_referral else self.subject_field


def _rows() -> tuple[Told, ...]:
    i, c, a, n = intake, casework, activities, notifications
    beyond_intake = ALL - {"intake"}
    return (
        Told(i.LibraryRegistered, "intake", "library", beyond_intake),
        Told(i.LibraryChanged, "intake", "library", beyond_intake),
        Told(i.PartnerRegistered, "intake", "partner", beyond_intake),
        Told(i.PartnerChanged, "intake", "partner", beyond_intake),
        Told(i.ReferralReceived, "intake", "referral", _COUNTED, by_referral=True),
        Told(i.ReferralAccepted, "intake", "referral", beyond_intake, by_referral=True),
        Told(i.ReferralRejected, "intake", "referral", _COUNTED, by_referral=True),
        Told(c.ReferralInformationRequested, "intake", "referral", _COUNTED, by_referral=True),
        Told(c.ReferralChanged, "intake", "referral", beyond_intake, by_referral=True),
        Told(c.NeedAdded, "intake", "referral", beyond_intake, by_referral=True),
        Told(c.ContactAttempted, "intake", "referral", _COUNTED, by_referral=True),
        Told(c.IntakeTalkRecorded, "intake", "referral", _COUNTED, by_referral=True),
        Told(c.ReferralTransferred, "intake", "referral", beyond_intake, by_referral=True),
        Told(c.ReferralWithdrawn, "intake", "referral", beyond_intake, by_referral=True),
        Told(c.ReferralClosed, "intake", "referral", beyond_intake, by_referral=True),
        Told(c.ReferralOverdue, "intake", "referral", _COUNTED, by_referral=True),
        Told(i.PlacementAgreed, "intake", "referral", beyond_intake, by_referral=True),
        Told(i.PlacementDeclined, "intake", "referral", beyond_intake, by_referral=True),
        Told(i.ReferralFileProcessed, "intake", "referral-file", _COUNTED),
        Told(i.ParticipantsLinked, "intake", "participant", _REPORTED),
        Told(i.ParticipantsUnlinked, "intake", "participant", _REPORTED),
        Told(a.ProgrammePublished, "activities", "programme", _REPORTED),
        Told(a.ActivityScheduled, "activities", "activity", _REPORTED),
        Told(a.PlaceHeld, "activities", "enrolment", _PLACED, by_referral=True),
        Told(a.ParticipantEnrolled, "activities", "enrolment", _PLACED, by_referral=True),
        Told(a.EnrolmentEnded, "activities", "enrolment", _PLACED, by_referral=True),
        Told(a.ParticipantWaitlisted, "activities", "need", _PLACED, by_referral=True),
        Told(a.NeedUnplaced, "activities", "need", _PLACED, by_referral=True),
        Told(n.NotificationDelivered, "notifications", "notification", _REPORTED),
        Told(n.NotificationFailed, "notifications", "notification", _REPORTED),
    )


CATALOGUE: Final[dict[type[EventData], Told]] = {row.event: row for row in _rows()}
BY_TYPE: Final[dict[str, Told]] = {row.event.type: row for row in CATALOGUE.values()}


def told_by(service: str) -> tuple[Told, ...]:
    """What a service publishes."""
    return tuple(row for row in CATALOGUE.values() if row.by == service)


def heard_by(service: str) -> tuple[Told, ...]:
    """What a service must have a binding and a handler for."""
    return tuple(row for row in CATALOGUE.values() if service in row.heard_by)


__all__ = ["ALL", "BY_TYPE", "CATALOGUE", "SERVICES", "Told", "camel", "heard_by", "told_by"]
