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
from services.intake.pages.known import FactsForm, as_known, choices_of_facts, newly_known
from services.intake.schemas.casework import AddedNeed, ReferralChange

_CHANGED: Final = marked("What is known is corrected.")
_ADDED: Final = marked("The need is added. We look for a place for it.")


class FromNeed(Schema):
    """Which need a further one follows from."""

    from_need_id = Id()


class ChangeForm(FactsForm, ReferralChange):
    """A correction as a browser sends it."""


class ChangePages(Acting):
    """Two forms."""

    @page("GET", "/referrals/<uuid:referral_id>/changes", scope="referrals:decide", back="referral_page",
          template="action/change.html")  # fmt: skip
    def change_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """What is known, and what is not known yet."""
        before = self.before(call, referral_id, Step.CHANGED)
        facts, person = self.known(before.row), self.person(call, before.row)
        form = call.form("correct_what_is_known", f"{before.path}/changes", version=before.version, **as_known(facts))
        return before.facts | choices_of_facts(facts) | {"form": form, "person": person}

    @page("POST", "/referrals/<uuid:referral_id>/changes", scope="referrals:decide", form=ChangeForm,
          again="change_page", back="referral_page")  # fmt: skip
    def correct_what_is_known(self, call: PageCall, referral_id: str) -> SeeOther:
        """Keep it; needs without a place are matched again."""
        case = self.case(call, referral_id)
        changing.correct(case, newly_known(call.body, case.referral, call.typed))
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
