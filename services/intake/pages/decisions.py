"""Deciding about a referral that waits: accept it or refuse it.

The pattern for every action on a page: the page offers a form (`forms_of`), a handler takes it in one transaction and
sends the browser on. The form carries the version that it was made from; who comes second gets 412 and nothing is lost.
"""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields

from chassis.http import BadInput
from chassis.http.schemas import Schema
from chassis.pages import Form, PageCall, SeeOther, marked, page, shown_at
from contracts import codes
from contracts.fields import Code, Id, Municipality
from services.intake.casework import deciding
from services.intake.domain.asked import GUARDIANS
from services.intake.on_referral import OnReferral
from services.intake.schemas.referring import Guardian, Informed

_ACCEPTED: Final = marked("The referral is accepted.")
_REJECTED: Final = marked("The referral is rejected. The partner gets to see the reason.")


class Acceptance(Schema):
    """Taking a referral, with what was still missing."""

    municipality = Municipality()
    library_id = Id()
    legal_basis = Code(codes.LEGAL_BASES)
    informed = fields.Nested(Informed)
    guardian = fields.Nested(Guardian)


class Rejection(Schema):
    """Refusing a referral, with the reason."""

    reason = Code(codes.REJECTION_REASONS, required=True)


def forms_of(call: PageCall, referral: dict[str, Any], libraries: dict[str, str]) -> dict[str, Any]:
    """The forms on the page of a referral that waits, and what can be chosen in them."""
    path, version = f"/referrals/{referral['referral_id']}", str(referral["version"])
    known = {"municipality": referral["municipality"], "legalBasis": referral["legal_basis"],
             "informed.on": referral["informed_on"], "informed.how": referral["informed_how"]}  # fmt: skip
    accept: Form = call.form("accept_referral", f"{path}/acceptance", version=version, **known)
    reject: Form = call.form("reject_referral", f"{path}/rejection", version=version)
    return {"accept": accept, "reject": reject, "libraries": libraries, "missing": referral["triage_reasons"],
            "bases": codes.LEGAL_BASES, "reasons": codes.REJECTION_REASONS, "guardians": GUARDIANS}  # fmt: skip


class DecisionPages(OnReferral):
    """What the forms are sent to."""

    @page("POST", "/referrals/<uuid:referral_id>/acceptance", scope="referrals:decide", form=Acceptance,
          again="referral_page")  # fmt: skip
    def accept_referral(self, call: PageCall, referral_id: str) -> SeeOther:
        """The library takes it."""
        try:
            deciding.accept(self.case(call, referral_id), call.body, call.caller)
        except BadInput as wrong:
            raise shown_at(wrong, {"informed": "informed.on", "guardian": "guardian.name"}) from wrong
        return SeeOther(f"/referrals/{referral_id}", told=_ACCEPTED)

    @page("POST", "/referrals/<uuid:referral_id>/rejection", scope="referrals:decide", form=Rejection,
          again="referral_page")  # fmt: skip
    def reject_referral(self, call: PageCall, referral_id: str) -> SeeOther:
        """The library does not take it."""
        deciding.reject(self.case(call, referral_id), call.body["reason"])
        return SeeOther(f"/referrals/{referral_id}", told=_REJECTED)
