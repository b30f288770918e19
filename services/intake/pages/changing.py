"""Correcting what is known, and adding a need."""

from __future__ import annotations

from typing import Any, Final

from chassis.http.schemas import Schema
from chassis.pages import PageCall, SeeOther, marked, page
from contracts import codes
from contracts.fields import Id
from services.intake.casework import changing
from services.intake.domain.needs import Step
from services.intake.pages.acting import Acting
from services.intake.pages.known import as_known, choices_of_facts, newly_known
from services.intake.schemas.casework import AddedNeed, ReferralChange

_CHANGED: Final = marked("What is known is corrected.")
_ADDED: Final = marked("The need is added. We look for a place for it.")


class FromNeed(Schema):
    """Which need a further one follows from."""

    from_need_id = Id()


class ChangePages(Acting):
    """Two forms."""

    @page("GET", "/referrals/<uuid:referral_id>/changes", scope="referrals:decide", back="referral_page",
          template="action/change.html")  # fmt: skip
    def change_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """All that matching looks at, as it is known."""
        before = self.before(call, referral_id, Step.CHANGED)
        form = call.form("correct_what_is_known", f"{before.path}/changes", version=before.version,
                         **as_known(before.row))  # fmt: skip
        person = self.person(call, before.row)
        shielded = bool(person and person.get("shielded_address"))
        return before.facts | choices_of_facts(before.row) | {"form": form, "shielded": shielded}

    @page("POST", "/referrals/<uuid:referral_id>/changes", scope="referrals:decide", form=ReferralChange,
          again="change_page", back="referral_page")  # fmt: skip
    def correct_what_is_known(self, call: PageCall, referral_id: str) -> SeeOther:
        """Keep it; needs without a place are matched again."""
        case = self.case(call, referral_id)
        changing.correct(case, newly_known(call.body, case.referral))
        return self.done(referral_id, _CHANGED)

    @page("GET", "/referrals/<uuid:referral_id>/needs", scope="referrals:decide", query=FromNeed, back="referral_page",
          template="action/need.html")  # fmt: skip
    def new_need_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """What else somebody wants to learn."""
        before = self.before(call, referral_id, Step.ADDED)
        form = call.form("add_further_need", f"{before.path}/needs", version=before.version,
                         fromNeedId=call.query.get("from_need_id"))  # fmt: skip
        return before.facts | {"form": form, "goals": codes.GOALS, "kinds": codes.KINDS}

    @page("POST", "/referrals/<uuid:referral_id>/needs", scope="referrals:decide", form=AddedNeed,
          again="new_need_page", back="referral_page")  # fmt: skip
    def add_further_need(self, call: PageCall, referral_id: str) -> SeeOther:
        """Planning looks for a place for it."""
        changing.add_need(self.case(call, referral_id), call.body)
        return self.done(referral_id, _ADDED)
