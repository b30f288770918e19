"""Asking the partner something, and writing down what it answered by telephone."""

from __future__ import annotations

from typing import Any, Final

from chassis.pages import PageCall, SeeOther, marked, page
from contracts import codes
from services.intake import looking
from services.intake.casework import asking
from services.intake.domain.needs import Step
from services.intake.pages.acting import Acting
from services.intake.schemas.casework import Question, QuestionAnswer

_ASKED: Final = marked("Your question is sent. The referral waits for the answer of the case worker.")
_ANSWERED: Final = marked("The answer is written down. The referral goes on.")


class AskingPages(Acting):
    """A question and its answer."""

    @page("GET", "/referrals/<uuid:referral_id>/questions", scope="referrals:decide", back="referral_page",
          template="action/question.html")  # fmt: skip
    def question_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """What to ask."""
        before = self.before(call, referral_id, Step.ASKED)
        form = call.form("ask_partner", f"{before.path}/questions", version=before.version)
        return before.facts | {"form": form, "questions": codes.QUESTIONS}

    @page("POST", "/referrals/<uuid:referral_id>/questions", scope="referrals:decide", form=Question,
          again="question_page", back="referral_page")  # fmt: skip
    def ask_partner(self, call: PageCall, referral_id: str) -> SeeOther:
        """Ask it."""
        asking.ask(self.case(call, referral_id), call.body)
        return self.done(referral_id, _ASKED)

    @page("GET", "/referrals/<uuid:referral_id>/answers", scope="referrals:decide", back="referral_page",
          template="action/answer.html")  # fmt: skip
    def heard_answer_page(self, call: PageCall, referral_id: str) -> dict[str, Any]:
        """What was asked, and room for the answer."""
        before = self.before(call, referral_id, Step.ANSWERED)
        form = call.form("write_answer_down", f"{before.path}/answers", version=before.version)
        return before.facts | looking.open_question(self.store, self.vault, before.row) | {"form": form}

    @page("POST", "/referrals/<uuid:referral_id>/answers", scope="referrals:decide", form=QuestionAnswer,
          again="heard_answer_page", back="referral_page")  # fmt: skip
    def write_answer_down(self, call: PageCall, referral_id: str) -> SeeOther:
        """The partner said it by telephone."""
        asking.answer(self.case(call, referral_id), call.body)
        return self.done(referral_id, _ANSWERED)
