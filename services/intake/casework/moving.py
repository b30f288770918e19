"""A referral comes to another library, which is the controller of the record from then on."""

from __future__ import annotations

from typing import Any

from chassis.http import BadInput
from contracts.casework import ReferralTransferred
from contracts.intake import ParticipantsLinked, ParticipantsUnlinked
from services.intake.casework.case import Case
from services.intake.casework.texts import checked
from services.intake.domain.needs import Step
from services.intake.domain.people import identity
from services.intake.reception import TOLD_AS_RECEIVED, Reception, told_needs
from services.intake.records import Received

Row = dict[str, Any]


def transfer(case: Case, said: Row) -> None:
    """Give it to another library, whose coordinator decides anew. Raises Conflict or BadInput."""
    before, library_id = case.referral["library_id"], said["library_id"]
    if library_id == before:
        raise BadInput.field("libraryId", "This library has it already.", "same-library")
    if case.store.library(library_id) is None:
        raise BadInput.field("libraryId", "There is no such library.", "no-such-library")
    written = checked(said, "text")
    case.take(Step.TRANSFERRED, reason=said["reason"])
    case.record(Step.TRANSFERRED, {"reason": said["reason"], "from": before, "to": library_id}, written)
    moved = case.referral | {"library_id": library_id, "triage_reasons": ["transferred"]}
    case.store.transfer(case.id, library_id, moved["triage_reasons"], case.contact_by(library_id))
    hand_over(case, moved)
    told = {name: moved[name] for name in TOLD_AS_RECEIVED}
    case.tell(ReferralTransferred, from_library_id=before, reason=said["reason"], needs=told_needs(case.needs), **told)


def hand_over(case: Case, referral: Row) -> None:
    """`referral` has another library than before: it is the controller, and it may know the person already."""
    participant_id = referral["participant_id"]
    if case.referral["library_id"] is not None:
        _leave(case, participant_id, case.referral["library_id"])
    case.store.give_library(participant_id, referral["library_id"])
    row = case.store.participant(participant_id)
    if row is None:
        raise LookupError(f"participant {participant_id} of a referral is gone")
    person = case.key.open(participant_id, row["sealed"])
    known_by = identity(person.get("given_name"), person["family_name"], person.get("birth_date"))
    reception = Reception(case.store, case.vault, case.teller)
    reception.link([Received(row, referral, case.needs, known_by)])


def _leave(case: Case, participant_id: str, library_id: str) -> None:
    """A library recognises the participant no longer. Of those whom it took for the same, the first stays for all."""
    same_as, others = case.store.linked_here(participant_id, library_id)
    first, rest = (others[0], others[1:]) if others else (None, [])
    case.store.forget_here(participant_id, library_id, first)
    single = [one for one, was_linked in ((participant_id, same_as), (first, first)) if one and was_linked]
    tell = case.teller
    case.store.unlink(single)
    case.store.link([(one, str(first)) for one in rest])
    for one in single:
        tell(ParticipantsUnlinked, one, library_id=library_id)
    for one in rest:
        tell(ParticipantsLinked, one, same_as=first, library_id=library_id)
