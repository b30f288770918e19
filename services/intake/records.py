"""From what a partner said to the rows that are kept: ids, rules applied, what names a person sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import uuid_utils

from services.intake.domain.acceptance import Completeness, triage_reasons
from services.intake.domain.asked import PURPOSES
from services.intake.domain.course import Contact, Course, NeedCourse
from services.intake.domain.goals import kind_for
from services.intake.domain.people import age_band, identity
from services.intake.domain.referral import guardian_missing
from services.intake.domain.routing import Routing, route
from services.intake.domain.todo import next_of
from services.intake.vault import AROUND, PERSON, OwnKey, Vault

Row = dict[str, Any]
AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
LEVELS: Final = ("age_band", "spoken_level", "literacy", "digital_skill", "learner_track", "target_group",
                 "civic_integration_duty", "availability", "features")  # fmt: skip
"""What matching needs to know of a person; said in events."""
_NEW_REFERRAL: Final = {"version": 1, "contact": Contact.TO_CONTACT.value, "question_id": None, "overdue_at": None,
                        "rejection_reason": None}  # fmt: skip
_NEW_NEED: Final[Row] = {"enrolment_id": None, "starts_at": None, "reasons": []}
"""What the database gives them by default."""
_MEASURED: Final = ("spoken_level_how", "spoken_level_on", "literacy_how", "literacy_on")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A checked, normalised referral. `household` scopes its key: a file's id, or `api`."""

    said: Row
    household: str = "api"
    referral_file_id: str | None = None
    row_number: int | None = None
    traceparent: str | None = None
    """Of the request that brought it; None: the step at hand."""


@dataclass(frozen=True, slots=True)
class Received:
    """The rows of one referral, and what its person would be recognised by (None: not enough). `steps` follow."""

    participant: Row
    referral: Row
    needs: list[Row]
    person: str | None
    explicit_consent: Row | None = None
    library_name: str | None = None
    steps: list[Row] = field(default_factory=list)
    traceparent: str | None = None

    @property
    def referral_id(self) -> str:
        return str(self.referral["referral_id"])

    @property
    def as_kept(self) -> Row:
        """The referral as it would be read back: with its participant's key, its library's name and what is new."""
        return _NEW_REFERRAL | self.referral | {
            "wrapped_key": self.participant["wrapped_key"], "library_name": self.library_name,
        }  # fmt: skip


def amsterdam_day(moment: datetime) -> date:
    """The date there at this moment: what "today" means to whoever refers."""
    return moment.astimezone(AMSTERDAM).date()


def new_id() -> str:
    """An id that says when it was made and nothing else."""
    return str(uuid_utils.uuid7())


def prepared(
    incoming: Incoming,
    *,
    partner_id: str,
    household_id: str | None,
    number: int,
    routing: Routing,
    vault: Vault,
    now: datetime,
) -> Received:
    """The rows of a new referral, decided by rule as far as rules may."""
    said = incoming.said
    participant_id, referral_id = new_id(), new_id()
    needs = _needs(said, referral_id)
    library_id = route(said.get("municipality"), [need["kind"] for need in needs], routing.table)
    no_guardian = guardian_missing(said, amsterdam_day(now))
    reasons = _reasons(said, library_id, no_guardian)
    course = begun(needs, accepted=not reasons)
    for need in needs:
        need["phase"] = course.phase(need["need_id"]).code
    wrapped_key = vault.new_key(participant_id)
    key = vault.under(wrapped_key, participant_id)
    ids = {"participant_id": participant_id, "library_id": library_id, "household_id": household_id}
    person = said["participant"]
    participant = ids | {
        "wrapped_key": wrapped_key,
        "created_at": now,
        "sealed": key.seal(participant_id, {name: person.get(name) for name in PERSON}),
    }
    referral = ids | {
        "referral_id": referral_id,
        "partner_id": partner_id,
        "referral_file_id": incoming.referral_file_id,
        "row_number": incoming.row_number,
        "guardian_missing": no_guardian,
        "number": number,
        "reference_index": vault.reference_index(partner_id, said["reference"]) if said.get("reference") else None,
        **_said(said, key, referral_id, now),
        **_decided(reasons, course, now),
        "contact_by": routing.terms[library_id].contact_by(now) if library_id else None,
    }
    known_by = identity(person.get("given_name"), person["family_name"], person.get("birth_date"))
    name = routing.names[library_id] if library_id else None
    return Received(participant, referral, needs, known_by, _explicit_consent(said, referral_id, now), name,
                    traceparent=incoming.traceparent)  # fmt: skip


def _explicit_consent(said: Row, referral_id: str, now: datetime) -> Row | None:
    """A row of its own, so that it can be shown, and withdrawn, apart from the legal basis."""
    consent = said.get("explicit_consent")
    if consent is None:
        return None
    given = {"given_on": consent["on"], "how": consent["how"], "given_by": consent["given_by"]}
    return given | {"referral_id": referral_id, "recorded_at": now}


def _needs(said: Row, referral_id: str) -> list[Row]:
    return [
        {
            "need_id": new_id(),
            "referral_id": referral_id,
            "position": place,
            "goal": need["goal"],
            "kind": need.get("kind") or kind_for(need["goal"], said["spoken_level"]),
            **_NEW_NEED,
        }
        for place, need in enumerate(said["needs"])
    ]


def _reasons(said: Row, library_id: str | None, no_guardian: bool) -> list[str]:
    informed_on = (said.get("informed") or {}).get("on")
    return triage_reasons(
        Completeness(said.get("municipality"), library_id, said.get("legal_basis"), informed_on, no_guardian)
    )


def begun(needs: Sequence[Row], *, accepted: bool) -> Course:
    """The course of a referral on its first day."""
    return Course({need["need_id"]: NeedCourse(need["kind"]) for need in needs}, accepted=accepted)


def _decided(reasons: list[str], course: Course, now: datetime) -> Row:
    return {
        "received_at": now,
        "status": course.status.value,
        "todo": referral_todo.value if (referral_todo := next_of(course)) else None,
        "triage_reasons": reasons,
        "accepted_by": None if reasons else "rule",
        "decided_at": None if reasons else now,
    }


def _said(said: Row, key: OwnKey, referral_id: str, now: datetime) -> Row:
    informed = said.get("informed") or {}
    shielded = bool(said["participant"].get("shielded_address"))
    around = {name: said.get(name) or None for name in AROUND} | {
        "informed_language": informed.get("language"),
        "informed_interpreter": informed.get("interpreter"),
        "shielded_postcode4": said.get("postcode4") if shielded else None,
    }
    return {
        **{name: said.get(name) for name in ("municipality", "legal_basis", *_MEASURED)},
        "postcode4": None if shielded else said.get("postcode4"),
        "purpose": said.get("purpose") or PURPOSES[0],
        **{name: said[name] for name in LEVELS if name != "age_band"},
        "age_band": age_band(said["participant"].get("birth_date"), amsterdam_day(now)),
        "informed_on": informed.get("on"),
        "informed_how": informed.get("how"),
        "sealed": key.seal(referral_id, around),
    }
