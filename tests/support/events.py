"""Events for tests: valid, invented, and about nobody."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from contracts.catalogue import CATALOGUE
from contracts.envelope import Event, parse, render
from contracts.event import EventData
from contracts.intake import LibraryRegistered, PartnerChanged, PartnerRegistered, PlacementAgreed, ReferralAccepted


def event(
    kind: type[EventData], subject_id: str, data: dict[str, Any], *, sequence: int = 1, time: datetime | None = None
) -> Event:
    """An event as it comes off the wire."""
    row = CATALOGUE[kind]
    made = Event(
        event=kind,
        id=str(uuid.uuid4()),
        source=f"urn:nld:oin:00000001234567890000:systeem:{row.by}",
        subject=f"{row.subject}/{subject_id}",
        time=time or datetime.now(UTC),
        sequence=sequence,
        partition_key=data[row.partition_field],
        data=data,
        traceparent=f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01",
    )
    return parse(render(made))


def referral_accepted(referral_id: str | None = None, **facts: Any) -> Event:
    referral_id = referral_id or str(uuid.uuid4())
    data = {
        "referral_id": referral_id,
        "participant_id": str(uuid.uuid4()),
        "partner_id": str(uuid.uuid4()),
        "library_id": str(uuid.uuid4()),
        "municipality": "GM0153",
        "received_at": datetime.now(UTC),
        "accepted_by": "rule",
        "needs": [{"need_id": str(uuid.uuid4()), "goal": "speaking", "kind": "language-group"}],
    }
    return event(ReferralAccepted, referral_id, data, **facts)


def placement_agreed(referral_id: str, *, sequence: int = 2, **facts: Any) -> Event:
    data = {
        "referral_id": referral_id,
        "need_id": str(uuid.uuid4()),
        "enrolment_id": str(uuid.uuid4()),
        "answered_by": "participant",
        "channel": "call",
        "answered_at": datetime.now(UTC),
    }
    return event(PlacementAgreed, referral_id, data, sequence=sequence, **facts)


def partner_registered(partner_id: str, *, sequence: int, **facts: Any) -> Event:
    return event(PartnerRegistered, partner_id, _partner(partner_id), sequence=sequence, **facts)


def partner_changed(partner_id: str, *, sequence: int, **facts: Any) -> Event:
    return event(PartnerChanged, partner_id, _partner(partner_id), sequence=sequence, **facts)


def _partner(partner_id: str) -> dict[str, Any]:
    return {
        "partner_id": partner_id,
        "name": "Invented partner",
        "status": "active",
        "municipalities": [],
        "tokens_valid_from": datetime.now(UTC),
    }


def library_registered(library_id: str | None = None, **facts: Any) -> Event:
    library_id = library_id or str(uuid.uuid4())
    data = {
        "library_id": library_id,
        "name": "Invented library",
        "mailbox": "taalhuis@bibliotheek.example",
        "language": "nl",
        "serves": [],
    }
    return event(LibraryRegistered, library_id, data, **facts)
