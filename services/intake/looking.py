"""Looking at referrals and people: what a caller sees, and the line that each look at a person leaves behind.

The processing log has the fields of the Dutch standard Logboek Dataverwerkingen; whom it was about and who looked are
sealed in it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chassis import tracing
from chassis.http import NotFound
from chassis.identity import Caller
from contracts.event import camel
from services.intake.access import Sight, own_libraries
from services.intake.courses import course_of
from services.intake.domain.needs import OF_BOTH, Step
from services.intake.domain.reference_numbers import number_of
from services.intake.domain.referral import incomplete
from services.intake.letters.writing import Facts
from services.intake.records import Received, amsterdam_day
from services.intake.store import IntakeStore
from services.intake.vault import PERSON, Vault
from services.intake.views import need_view, referral_view, timeline_view

Row = dict[str, Any]
GUIDANCE: Final = "https://meedoen.example/processing-activities/guidance-to-activities"
"""The processing activity in the register: finding a participant a fitting activity."""
_WITH_THE_PERSON: Final = ("remarks", "travel", "civic_integration_route", "legal_basis_text", "confirmed")


def page(store: IntakeStore, sight: Sight, filters: Row, after: tuple[Any, ...] | None, limit: int) -> list[Row]:
    """The rows of a page of referrals that a caller may see, newest first."""
    if sight.partner_id is not None:
        assigned = None if sight.municipalities is None else sorted(sight.municipalities)
        return store.page_of_partner(sight.partner_id, filters, after, limit, assigned=assigned)
    return store.page_of_libraries(sight.library_ids or [], filters, after, limit)


def summaries(store: IntakeStore, vault: Vault, sight: Sight, referrals: Sequence[Any]) -> list[Row]:
    """Referrals for a list; a partner gets its own reference back."""
    needs = store.needs_of([row["referral_id"] for row in referrals])
    found = []
    for row in referrals:
        view = referral_view(row, needs[row["referral_id"]], sight.agreed)
        found.append(view | _own_reference(vault, row) if sight.partner else view)
    return found


def referral(store: IntakeStore, vault: Vault, sight: Sight, row: Row, caller: Caller) -> Row:
    """A referral with its timelines; staff see whom to ask and which others may be the same person."""
    referral_id = row["referral_id"]
    needs, steps = store.needs_of([referral_id])[referral_id], store.steps_of(referral_id)
    around = _around(vault, row)
    view = _whole(sight, row, needs, steps, around, store.explicit_consent(referral_id))
    view |= open_question(store, vault, row)
    if sight.partner:
        return view
    view |= {"contact": row["contact"], "overdue_at": row["overdue_at"]}
    view["allowed"] = [step.value for step in course_of(row, needs, store.places_of([referral_id])).allowed()]
    log_look(store, vault, caller, "see-referral", row["participant_id"])
    view["duplicates"] = store.duplicates_of(referral_id, row["participant_id"])
    return view | ({"case_worker": around["case_worker"]} if around.get("case_worker") else {})


def received(vault: Vault, sight: Sight, one: Received) -> Row:
    """The same of what was just taken in, as the partner that sent it sees it; asks the database nothing."""
    row = one.as_kept
    steps: dict[str, list[Row]] = {}
    for step in one.steps:
        steps.setdefault(step["need_id"], []).append(step)
    return _whole(sight, row, one.needs, steps, _around(vault, row), one.explicit_consent)


def _whole(
    sight: Sight, row: Row, needs: Sequence[Row], steps: Mapping[str, Sequence[Row]], around: Row, consent: Row | None
) -> Row:
    view = referral_view(row, needs, sight.agreed)
    for need_row, shown in zip(needs, view["needs"], strict=True):
        shown["timeline"] = timeline_view(steps[need_row["need_id"]], sight.agreed)
    view |= {name: row[name] for name in ("accepted_by", "rejection_reason") if row[name]}
    view |= {"library_name": row["library_name"], "incomplete": _incomplete(row, around, consent)}
    return view | ({"reference": around["reference"]} if sight.partner and around.get("reference") else {})


def letter_facts(store: IntakeStore, vault: Vault, row: Row, caller: Caller) -> Facts:
    """What the letter for the person says of this referral; when staff look, that leaves a line behind."""
    around = _around(vault, row)
    partner, library = store.partner(row["partner_id"]), store.library(row["library_id"]) if row["library_id"] else None
    if caller.organisation is None:
        log_look(store, vault, caller, "see-letter", row["participant_id"])
    return Facts(
        number=number_of(row["number"]),
        referred_on=amsterdam_day(row["received_at"]),
        partner=partner["name"] if partner else "",
        goals=tuple(dict.fromkeys(need["goal"] for need in store.needs_of([row["referral_id"]])[row["referral_id"]])),
        purpose=row["purpose"],
        legal_basis=row["legal_basis"],
        legal_basis_text=around.get("legal_basis_text"),
        library=library["name"] if library else None,
        mailbox=library["mailbox"] if library else None,
        case_worker=around.get("case_worker"),
        told_in=around.get("informed_language"),
    )


def need(store: IntakeStore, referral_id: str, need_id: str) -> Row:
    """One need of a referral with its timeline, as staff see it."""
    row = next(one for one in store.needs_of([referral_id])[referral_id] if one["need_id"] == need_id)
    return need_view(row) | {"timeline": timeline_view(store.steps_of(referral_id)[need_id])}


def seen_casework(sight: Sight, wanted: str | None) -> list[str]:
    """Which sorts of casework a caller sees, of those that it wants."""
    seen = OF_BOTH if sight.partner else frozenset(Step)
    return sorted(seen if wanted is None else seen & {wanted})


def casework(
    store: IntakeStore, vault: Vault, sight: Sight, referral: Row, records: Sequence[Any], caller: Caller
) -> list[Row]:
    """What was done about a referral, with what was written. When staff look, that leaves a line behind."""
    key = vault.under(referral["wrapped_key"], referral["participant_id"])
    shown = [
        {name: row[name] for name in ("casework_id", "what", "at", "recorded_at", "by")}
        | {"facts": {camel(name): value for name, value in row["facts"].items()}}
        | {"written": key.open(row["casework_id"], row["sealed"]) if row["sealed"] else {}}
        | ({} if sight.partner else {"actor": row["actor"]})
        for row in records
    ]
    if not sight.partner:
        log_look(store, vault, caller, "see-casework", referral["participant_id"])
    return shown


def participant(store: IntakeStore, vault: Vault, caller: Caller, participant_id: str) -> Row:
    """Who it is, for staff of the controlling library. Raises NotFound for anyone else."""
    row = store.participant(participant_id)
    if row is None or row["library_id"] not in own_libraries(caller):
        raise NotFound("There is no such participant.")
    key = vault.under(row["wrapped_key"], participant_id)
    person = key.open(participant_id, row["sealed"])
    latest = store.latest_referral_of(participant_id)
    around = key.open(latest["referral_id"], latest["sealed"]) if latest else {}
    log_look(store, vault, caller, "see-participant", participant_id)
    known = {name: person.get(name) for name in PERSON} | {name: around.get(name) for name in _WITH_THE_PERSON}
    known["postcode4"] = around.get("shielded_postcode4")
    return known | {name: row[name] for name in ("participant_id", "household_id", "library_id", "same_as")}


def _incomplete(row: Row, around: Row, consent: Row | None) -> list[str]:
    informed = {"how": row["informed_how"], "language": around.get("informed_language"),
                "interpreter": around.get("informed_interpreter")}  # fmt: skip
    said = {"informed": informed, "case_worker": around.get("case_worker"), "features": row["features"],
            "explicit_consent": consent}  # fmt: skip
    return incomplete(said)


def open_question(store: IntakeStore, vault: Vault, row: Row) -> Row:
    """What the partner was asked and has not answered, as `open_question`; nothing where nothing is open."""
    asked = store.casework(row["question_id"]) if row["question_id"] else None
    if asked is None:
        return {}
    key = vault.under(row["wrapped_key"], row["participant_id"])
    written = key.open(asked["casework_id"], asked["sealed"]) if asked["sealed"] else {}
    return {"open_question": {"question": asked["facts"]["question"], "asked_at": asked["at"], **written}}


def _around(vault: Vault, row: Row) -> Row:
    return vault.under(row["wrapped_key"], row["participant_id"]).open(row["referral_id"], row["sealed"])


def _own_reference(vault: Vault, row: Row) -> Row:
    reference = _around(vault, row).get("reference")
    return {"reference": reference} if reference else {}


def log_look(store: IntakeStore, vault: Vault, caller: Caller, name: str, participant_id: str) -> None:
    """A line in the processing log: this member of staff looked at this person."""
    trace = tracing.current()
    store.log_look({
        "trace_id": trace.trace_id if trace else os.urandom(16).hex(),
        "span_id": trace.span_id if trace else os.urandom(8).hex(),
        "name": name,
        "processing_activity_id": GUIDANCE,
        "sealed_data_subject_id": vault.seal_text("log-subject", participant_id),
        "data_subject_id_type": "participant",
        "sealed_user_id": vault.seal_text("log-user", caller.id),
    })  # fmt: skip
