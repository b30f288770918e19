"""The participant's yes or no to a place that is kept."""

from __future__ import annotations

from typing import Any, Final

from chassis.pages import PageCall, SeeOther, marked, page
from chassis.pages.fields import LocalTime
from contracts import codes
from services.intake.casework import placing
from services.intake.domain.needs import Step
from services.intake.pages.acting import Acting
from services.intake.schemas.casework import OF_OUR_TIME
from services.intake.schemas.referrals import PlacementAnswer

_SAID: Final = {
    "agreed": marked("The yes is recorded. The place is for this person now."),
    "declined": marked("The no is recorded. The place goes to the next person, and we look for another one."),
}


class PlaceForm(PlacementAnswer):
    """A yes or no, with its moment as a browser sends it."""

    answered_at = LocalTime(validate=OF_OUR_TIME)


class PlacePages(Acting):
    """Of one need."""

    @page("GET", "/referrals/<uuid:referral_id>/needs/<uuid:need_id>/place", scope="referrals:decide",
          back="referral_page", template="action/place.html")  # fmt: skip
    def place_page(self, call: PageCall, referral_id: str, need_id: str) -> dict[str, Any]:
        """Which place, and what the participant said."""
        before = self.before(call, referral_id, Step.AGREED, need_id)
        place = before.course.needs[need_id].asked_place
        assert place is not None
        form = call.form("record_yes_or_no", f"{before.path}/needs/{need_id}/place", version=before.version,
                         enrolmentId=place.enrolment_id, answeredBy="participant")  # fmt: skip
        return before.facts | {
            "form": form, "place": place, "need": next(one for one in before.needs if one["need_id"] == need_id),
            "person": self.person(call, before.row), "channels": codes.ANSWER_CHANNELS, "who": codes.ANSWERED_BY,
        }  # fmt: skip

    @page("POST", "/referrals/<uuid:referral_id>/needs/<uuid:need_id>/place", scope="referrals:decide", form=PlaceForm,
          again="place_page", back="referral_page")  # fmt: skip
    def record_yes_or_no(self, call: PageCall, referral_id: str, need_id: str) -> SeeOther:
        """Yes makes the place final, no frees it."""
        placing.answer(self.case(call, referral_id), need_id, call.body)
        return self.done(referral_id, _SAID[call.body["answer"]])
