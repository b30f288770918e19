"""Which notice follows from which event, and whether it is mailed.

A mail is for what asks somebody to act and was not asked yet: one person who was referred, a file that was pushed, a
need that nothing suits. Everything else is seen in the list. From a file comes one mail for each library, never one per
row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from services.notifications.domain.terms import USUAL, AllTerms

Data = Mapping[str, Any]
Mailing = Literal["none", "now", "gather"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that a library should know. `facts` are codes, counts and moments for its text; never a person's."""

    code: str
    library_id: str
    mail: Mailing = "none"
    referral_id: str | None = None
    need_id: str | None = None
    enrolment_id: str | None = None
    referral_file_id: str | None = None
    partner_id: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def of_received(data: Data, at: datetime, terms: AllTerms = USUAL) -> Notice | None:
    """A referral that no rule could accept waits for a person of its library, when it has one."""
    if not data["triage_reasons"] or data["library_id"] is None:
        return None
    return _of_referral(
        "referral-for-triage",
        data,
        mail="none" if data["referral_file_id"] else "now",
        facts={
            "triage_reasons": data["triage_reasons"],
            "contact_by": terms.contact_by(data["library_id"], at),
        },
    )


def of_accepted(data: Data, at: datetime, known_to: str | None, terms: AllTerms = USUAL) -> Notice:
    """A referral is a library's from now on. `known_to` is the library that heard of it before, in triage.

    One from a file is mailed only when somebody gave it to a library that knew nothing of it.
    """
    came_by_surprise = data["accepted_by"] == "coordinator" and known_to != data["library_id"]
    return _of_referral(
        "referral-accepted",
        data,
        mail="now" if data["referral_file_id"] is None or came_by_surprise else "none",
        facts={
            "contact_by": terms.contact_by(data["library_id"], at),
            "kinds": [need["kind"] for need in data["needs"]],
        },
    )


def of_rejected(data: Data) -> Notice | None:
    """A referral was refused; there is a library to know it unless none serves it."""
    if data["library_id"] is None:
        return None
    return Notice(
        code="referral-rejected",
        library_id=data["library_id"],
        referral_id=data["referral_id"],
        partner_id=data["partner_id"],
        facts={"reason": data["reason"]},
    )


def of_file(data: Data, at: datetime, terms: AllTerms = USUAL) -> list[Notice]:
    """One notice and one mail for each library that got something from a file."""
    return [
        Notice(
            code="referral-file-processed",
            library_id=share["library_id"],
            mail="now",
            referral_file_id=data["referral_file_id"],
            partner_id=data["partner_id"],
            facts={
                "accepted": share["accepted"],
                "triage": share["triage"],
                "contact_by": terms.contact_by(share["library_id"], at),
            },
        )
        for share in data["libraries"]
        if share["accepted"] + share["triage"] > 0
    ]


def of_answer(code: str, data: Data, library_id: str) -> Notice:
    """The participant's yes (`placement-agreed`) or no (`placement-declined`) was recorded."""
    return Notice(
        code=code,
        library_id=library_id,
        referral_id=data["referral_id"],
        need_id=data["need_id"],
        enrolment_id=data["enrolment_id"],
        facts={"answered_by": data["answered_by"]},
    )


def of_place(code: str, data: Data, at: datetime, terms: AllTerms = USUAL) -> Notice:
    """A place is held, final or ended. While it is held, the person must be spoken with in time."""
    facts = {"kind": data["kind"], "municipality": data["municipality"], "starts_at": data["starts_at"].isoformat()}
    if code == "place-held":
        facts["contact_by"] = terms.contact_by(data["library_id"], at)
    if code == "enrolment-ended":
        facts["reason"] = data["reason"]
    return _of_need(code, data, facts, enrolment_id=data["enrolment_id"])


def of_waiting(data: Data) -> Notice:
    """A need stands in line."""
    facts = {"kind": data["kind"], "municipality": data["municipality"], "position": data["position"]}
    return _of_need("participant-waitlisted", data, facts)


def of_unplaced(data: Data) -> Notice:
    """Nothing planned suits a need: somebody may plan something. Mailed together with others of its library."""
    facts = {"kind": data["kind"], "municipality": data["municipality"], "reasons": data["reasons"]}
    return _of_need("need-unplaced", data, facts, mail="gather")


def _of_referral(code: str, data: Data, *, mail: Mailing, facts: dict[str, Any]) -> Notice:
    return Notice(
        code=code,
        library_id=data["library_id"],
        mail=mail,
        referral_id=data["referral_id"],
        referral_file_id=data["referral_file_id"],
        partner_id=data["partner_id"],
        facts=facts | {"municipality": data["municipality"]},
    )


def _of_need(code: str, data: Data, facts: dict[str, Any], **more: Any) -> Notice:
    return Notice(
        code=code,
        library_id=data["library_id"],
        referral_id=data["referral_id"],
        need_id=data["need_id"],
        facts=facts,
        **more,
    )
