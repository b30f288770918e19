"""A question to the partner, and its answer: the referral is on hold in between."""

from __future__ import annotations

from typing import Any

from chassis.http import BadInput
from contracts.casework import ReferralChanged, ReferralInformationRequested
from services.intake.casework.case import Case
from services.intake.casework.texts import checked
from services.intake.domain.needs import Step
from services.intake.domain.people import email_address, phone_number

Row = dict[str, Any]


def ask(case: Case, said: Row) -> None:
    """Ask the partner. Raises Conflict, or BadInput for what may not be written."""
    written = checked(said, "text")
    case.take(Step.ASKED, reason=said["question"])
    question_id = case.record(Step.ASKED, {"question": said["question"]}, written)
    case.store.put_on_hold(case.id, question_id)
    about = {name: case.referral[name] for name in ("partner_id", "library_id")}
    case.tell(ReferralInformationRequested, question=said["question"], **about)


def answer(case: Case, said: Row) -> None:
    """The partner answers, or somebody at the library writes down what it said. Raises Conflict or BadInput."""
    written = checked(said, "text")
    reach = reach_in(said)
    if not any([*written.values(), *reach.values()]):
        raise BadInput.field("text", "Write an answer, or correct how to reach the person.", "required")
    case.take(Step.ANSWERED)
    case.record(Step.ANSWERED, {"corrected": sorted(reach)}, written)
    if reach:
        change_reach(case, reach)
    spoken = case.referral["contact"] != "to-contact"
    case.store.take_off_hold(case.id, None if spoken else case.contact_by())
    case.tell(ReferralChanged, changes=["answer"], **case.whole())


def reach_in(said: Row) -> Row:
    """A corrected telephone number and e-mail address, in one form. Raises BadInput."""
    found = {}
    for field, read in (("phone", phone_number), ("email", email_address)):
        if said.get(field):
            found[field] = read(said[field])
            if found[field] is None:
                raise BadInput.field(field, "Nobody can be reached by this.", f"{field}-unreadable")
    return found


def change_reach(case: Case, reach: Row) -> None:
    """How the person is reached from now on."""
    participant_id = case.referral["participant_id"]
    row = case.store.participant(participant_id)
    if row is None:
        raise LookupError(f"participant {participant_id} of a referral is gone")
    person = case.key.open(participant_id, row["sealed"]) | reach
    case.store.change_person(participant_id, case.key.seal(participant_id, person))
