"""Getting in touch with the participant, and the intake talk."""

from __future__ import annotations

from typing import Any, Final

from chassis.pages import PageCall, SeeOther, marked, page
from chassis.pages.fields import LocalTime
from contracts import codes
from services.intake.casework import contacting
from services.intake.domain.needs import Step
from services.intake.pages.acting import Acting
from services.intake.pages.known import FactsForm, as_known, choices_of_facts, newly_known
from services.intake.schemas.casework import OF_OUR_TIME, ContactAttempt, IntakeTalk

_TRIED: Final = marked("The contact attempt is recorded.")
_TALKED: Final = marked("The intake talk is recorded. From now on we look for a place with what you found.")


class AttemptForm(ContactAttempt):
    """An attempt, with moments as a browser sends them."""

    attempted_at = LocalTime(validate=OF_OUR_TIME)
    intake_at = LocalTime(validate=OF_OUR_TIME)


class TalkForm(FactsForm, IntakeTalk):
    """A talk, with its moment and what it found as a browser sends them."""

    talked_at = LocalTime(validate=OF_OUR_TIME)


class ContactPages(Acting):
    """An attempt, and the talk itself."""

    @page("GET", "/referrals/<uuid:referral_id>/contact-attempts", scope="referrals:decide", back="referral_page",
          template="action/contact-attempt.html")  # fmt: skip
    def attempt_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """Whom to call, and what came of it."""
        before = self.before(call, referral_id, Step.CONTACTED)
        form = call.form("record_attempt", f"{before.path}/contact-attempts", version=before.version)
        return before.facts | {
            "form": form, "person": self.person(call, before.row), "channels": codes.ANSWER_CHANNELS,
            "outcomes": codes.CONTACT_OUTCOMES,
        }  # fmt: skip

    @page("POST", "/referrals/<uuid:referral_id>/contact-attempts", scope="referrals:decide", form=AttemptForm,
          again="attempt_page", back="referral_page")  # fmt: skip
    def record_attempt(self, call: PageCall, referral_id: str) -> SeeOther:
        """Somebody tried."""
        contacting.attempt(self.case(call, referral_id), call.body)
        return self.done(referral_id, _TRIED)

    @page("GET", "/referrals/<uuid:referral_id>/intake-talks", scope="referrals:decide", back="referral_page",
          template="action/intake-talk.html")  # fmt: skip
    def talk_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """What nobody knows yet, to ask; and what is known already, to correct."""
        before = self.before(call, referral_id, Step.TALKED)
        facts, person = self.known(before.row), self.person(call, before.row)
        form = call.form("record_held_talk", f"{before.path}/intake-talks", version=before.version, **as_known(facts))
        return before.facts | choices_of_facts(facts) | {
            "form": form, "person": person, "channels": codes.ANSWER_CHANNELS,
        }  # fmt: skip

    @page("POST", "/referrals/<uuid:referral_id>/intake-talks", scope="referrals:decide", form=TalkForm,
          again="talk_page", back="referral_page")  # fmt: skip
    def record_held_talk(self, call: PageCall, referral_id: str) -> SeeOther:
        """It was held."""
        case = self.case(call, referral_id)
        contacting.talk(case, newly_known(call.body, case.referral, call.typed))
        return self.done(referral_id, _TALKED)
