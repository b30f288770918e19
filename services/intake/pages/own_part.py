"""What a case worker does about a referral of theirs: answer, correct how to reach the person, take it back."""

from __future__ import annotations

from typing import Any, Final

from chassis.pages import PageCall, SeeOther, marked, page
from contracts import codes
from services.intake import access
from services.intake.casework import asking, ending, reaching
from services.intake.courses import courses_of
from services.intake.domain.needs import OF_THE_PARTNER, Step
from services.intake.on_referral import OnReferral
from services.intake.schemas.casework import QuestionAnswer, Reach, Withdrawal
from services.intake.store import IntakeStore

Row = dict[str, Any]
_ANSWERED: Final = marked("Your answer is sent to the library.")
_CORRECTED: Final = marked("It is corrected. The library sees it at once.")
_WITHDRAWN: Final = marked("The referral is taken back. The library hears of it.")
_FORMS: Final = {
    Step.ANSWERED: ("answer_library", "own-answer"),
    Step.CORRECTED: ("correct_reach", "reach"),
    Step.WITHDRAWN: ("withdraw_referral", "withdrawal"),
}
"""The form of each thing that a partner may do, and where it is sent."""


def forms_of(call: PageCall, store: IntakeStore, row: Row) -> Row:
    """The forms on the page of a referral for its partner; those that are possible now, where it may do anything."""
    path, version = f"/referrals/{row['referral_id']}", str(row["version"])
    _, course = courses_of(store, [row])[row["referral_id"]]
    may = OF_THE_PARTNER.intersection(course.allowed()) if call.caller.may("referrals:write") else frozenset[Step]()
    forms = {
        step: call.form(form, f"{path}/{end}", version=version) for step, (form, end) in _FORMS.items() if step in may
    }
    return {"forms": forms, "withdrawal_reasons": codes.WITHDRAWAL_REASONS}


class OwnPartPages(OnReferral):
    """What the forms are sent to."""

    @page("POST", "/referrals/<uuid:referral_id>/own-answer", scope="referrals:write", form=QuestionAnswer,
          again="referral_page")  # fmt: skip
    def answer_library(self, call: PageCall, referral_id: str) -> SeeOther:
        """Answer what the library asked."""
        access.partner_of(self.store, call.caller)
        asking.answer(self.case(call, referral_id), call.body)
        return SeeOther(f"/referrals/{referral_id}", told=_ANSWERED)

    @page("POST", "/referrals/<uuid:referral_id>/reach", scope="referrals:write", form=Reach, again="referral_page")
    def correct_reach(self, call: PageCall, referral_id: str) -> SeeOther:
        """The person has another telephone number or address."""
        access.partner_of(self.store, call.caller)
        reaching.correct(self.case(call, referral_id), call.body)
        return SeeOther(f"/referrals/{referral_id}", told=_CORRECTED)

    @page("POST", "/referrals/<uuid:referral_id>/withdrawal", scope="referrals:write", form=Withdrawal,
          again="referral_page")  # fmt: skip
    def withdraw_referral(self, call: PageCall, referral_id: str) -> SeeOther:
        """Take it back, or say that it was a mistake."""
        access.partner_of(self.store, call.caller)
        ending.withdraw(self.case(call, referral_id), call.body["reason"])
        return SeeOther(f"/referrals/{referral_id}", told=_WITHDRAWN)
