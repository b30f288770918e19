"""Taking a referral or refusing it, by a coordinator or, as far as taking goes, by rule."""

from __future__ import annotations

from typing import Any, Final

from chassis.http import BadInput, Forbidden, field_error
from chassis.identity import ANYONE, Caller
from contracts.intake import ReferralRejected
from services.intake.casework.case import Case
from services.intake.casework.moving import hand_over
from services.intake.domain.acceptance import Completeness, triage_reasons
from services.intake.domain.needs import Step
from services.intake.domain.routing import route
from services.intake.guardian import name_guardian
from services.intake.reception import tell_accepted
from services.intake.records import amsterdam_day

Row = dict[str, Any]
_SUPPLY: Final = {
    "legal-basis-missing": ("legalBasis", "The legal basis is still missing."),
    "person-not-informed": ("informed", "When the person was informed is still missing."),
    "municipality-unknown": ("municipality", "The municipality is still missing."),
    "guardian-missing": ("guardian", "For a child under 16 a parent or guardian is still missing."),
    "municipality-not-served": ("libraryId", "No library serves this municipality; say which of yours takes it."),
}


def accept(case: Case, supplied: Row, caller: Caller) -> None:
    """Take it, with what was missing. Raises Conflict (not possible now), Forbidden or BadInput (still missing)."""
    before = case.referral
    case.take(Step.ACCEPTED)
    contact_by = None
    accepted = _completed(case, supplied, caller)
    if before["contact"] == "to-contact":
        contact_by = case.contact_by(accepted["library_id"])
    accepted |= {"accepted_by": case.worker.by, "contact_by": contact_by}
    case.store.accept(accepted)
    tell_accepted(case.teller, accepted, case.needs)
    if accepted["library_id"] != before["library_id"]:
        hand_over(case, accepted)


def reject(case: Case, reason: str | None) -> None:
    """Refuse it, with a reason. Raises Conflict or BadInput."""
    if reason is None:
        raise BadInput.field("reason", "A rejection needs a reason.", "required")
    case.take(Step.REJECTED, reason=reason)
    case.store.reject(case.id, reason)
    told = ("participant_id", "partner_id", "library_id", "municipality")
    case.tell(ReferralRejected, reason=reason, **{name: case.referral[name] for name in told})


def route_again(case: Case) -> None:
    """A library serves the municipality by now: it gets the referral, and the rules are asked once more."""
    kinds = [need["kind"] for need in case.needs]
    municipality = case.referral["municipality"]
    library_id = route(municipality, kinds, case.store.routing([municipality]).table)
    routed = case.referral | {"library_id": library_id}
    routed["triage_reasons"] = _reasons(routed)
    if not routed["triage_reasons"]:
        accept(case, {}, ANYONE)
    elif library_id:
        case.store.route(routed | {"contact_by": case.contact_by(library_id)})
        hand_over(case, routed)


def _completed(case: Case, supplied: Row, caller: Caller) -> Row:
    referral, informed = case.referral, supplied.get("informed") or {}
    whole = referral | {name: supplied[name] for name in ("municipality", "legal_basis") if name in supplied}
    whole |= {"informed_on": informed.get("on", referral["informed_on"]),
              "informed_how": informed.get("how", referral["informed_how"])}  # fmt: skip
    if informed and informed["on"] > amsterdam_day(case.now):
        raise BadInput.field("informed.on", "This date lies in the future.", "date-in-future")
    whole["guardian_missing"] = referral["guardian_missing"] and "guardian" not in supplied
    whole["library_id"] = _library(case, whole, supplied, caller)
    missing = _reasons(whole)
    if missing:
        raise BadInput([field_error("body", *_SUPPLY[reason], reason) for reason in missing])
    if "guardian" in supplied:
        name_guardian(case.store, case.vault, referral["participant_id"], supplied["guardian"])
    if informed.get("language"):
        around = case.key.open(case.id, referral["sealed"])
        around["informed_language"] = informed["language"]
        whole["sealed"] = case.key.seal(case.id, around)
    return whole


def _library(case: Case, whole: Row, supplied: Row, caller: Caller) -> str | None:
    if "library_id" in supplied:
        if supplied["library_id"] not in caller.libraries:
            raise Forbidden("You may take referrals for your own libraries only.")
        return str(supplied["library_id"])
    if case.referral["library_id"] and whole["municipality"] == case.referral["municipality"]:
        return str(case.referral["library_id"])
    table = case.store.routing([whole["municipality"]]).table
    return route(whole["municipality"], [need["kind"] for need in case.needs], table)


def _reasons(referral: Row) -> list[str]:
    known = ("municipality", "library_id", "legal_basis", "informed_on", "guardian_missing")
    said = (referral[name] for name in known)
    return triage_reasons(Completeness(*said))
