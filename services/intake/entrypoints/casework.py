"""HTTP about what people do with a referral between its receipt and its end, and the timer of deadlines."""

from __future__ import annotations

from chassis.http import Answer, Call, Forbidden, Page, endpoint
from chassis.timers import every
from services.intake import access, looking
from services.intake.casework import asking, changing, contacting, ending, moving, reaching
from services.intake.casework.overdue import tell_overdue
from services.intake.casework.starting import tell_started
from services.intake.on_referral import OnReferral
from services.intake.schemas import casework as said
from services.intake.schemas.referrals import Referral

_IF_MATCH = "Send the referral's ETag as If-Match to be sure that nobody changed it meanwhile."
_GUARDED = "The referral's ETag is to be sent as If-Match, so that nobody's work is overwritten (412, 428)."


class Casework(OnReferral):
    """Coordinators work on a referral; its partner answers, and may take it back. What is not possible now is a 409."""

    @endpoint(
        "POST", "/referrals/<uuid:referral_id>/questions", scope="referrals:decide", body=said.Question,
        returns=Referral, status=201, idempotent=True, tags=["casework"], errors=(404, 409), guarded=True,
        summary="Ask the partner something", description=f"The referral is on hold until it is answered. {_GUARDED}",
    )  # fmt: skip
    def ask(self, call: Call, referral_id: str) -> Answer:
        asking.ask(self.case(call, referral_id), call.body)
        return self.shown(call, referral_id, 201)

    @endpoint(
        "POST", "/referrals/<uuid:referral_id>/answers", scope="referrals:read", body=said.QuestionAnswer,
        returns=Referral, status=201, idempotent=True, tags=["casework"], errors=(404, 409, 412),
        summary="Answer the library's question",
        description=f"The partner does, or a coordinator who was told by telephone. {_IF_MATCH}",
    )  # fmt: skip
    def answer_question(self, call: Call, referral_id: str) -> Answer:
        if not (call.caller.may("referrals:write") or call.caller.may("referrals:decide")):
            raise Forbidden("You may look at referrals only.")
        asking.answer(self.case(call, referral_id), call.body)
        return self.shown(call, referral_id, 201)

    @endpoint(
        "POST", "/referrals/<uuid:referral_id>/contact-attempts", scope="referrals:decide", body=said.ContactAttempt,
        returns=Referral, status=201, idempotent=True, tags=["casework"], errors=(404, 409, 412),
        summary="Record an attempt to reach the participant",
        description=f"With the outcome `intake-planned` the talk is planned. {_IF_MATCH}",
    )  # fmt: skip
    def attempt_contact(self, call: Call, referral_id: str) -> Answer:
        contacting.attempt(self.case(call, referral_id), call.body)
        return self.shown(call, referral_id, 201)

    @endpoint(
        "POST", "/referrals/<uuid:referral_id>/intake-talks", scope="referrals:decide", body=said.IntakeTalk,
        returns=Referral, status=201, idempotent=True, tags=["casework"], errors=(404, 409), guarded=True,
        summary="Record the intake talk",
        description=f"Needs without a place are matched again by what it found. {_GUARDED}",
    )  # fmt: skip
    def record_talk(self, call: Call, referral_id: str) -> Answer:
        contacting.talk(self.case(call, referral_id), call.body)
        return self.shown(call, referral_id, 201)

    @endpoint(
        "PATCH", "/referrals/<uuid:referral_id>", scope="referrals:decide", body=said.ReferralChange, returns=Referral,
        tags=["casework"], errors=(404, 409), guarded=True, summary="Correct what is known of a referral",
        description=f"Needs without a place are matched again. {_GUARDED}",
    )  # fmt: skip
    def change_referral(self, call: Call, referral_id: str) -> Answer:
        changing.correct(self.case(call, referral_id), call.body)
        return self.shown(call, referral_id)

    @endpoint(
        "POST", "/referrals/<uuid:referral_id>/needs", scope="referrals:decide", body=said.AddedNeed, returns=Referral,
        status=201, idempotent=True, tags=["casework"], errors=(404, 409, 412), summary="Add a need",
        description=f"Or refer internally to another kind, with `fromNeedId`. {_IF_MATCH}",
    )  # fmt: skip
    def add_need(self, call: Call, referral_id: str) -> Answer:
        changing.add_need(self.case(call, referral_id), call.body)
        return self.shown(call, referral_id, 201)

    @endpoint(
        "POST", "/referrals/<uuid:referral_id>/closures", scope="referrals:decide", body=said.Closure, returns=Referral,
        status=201, idempotent=True, tags=["casework"], errors=(404, 409), guarded=True,
        summary="End needs, with a reason",
        description=f"Also how somebody is referred onward. Places are free again. {_GUARDED}",
    )  # fmt: skip
    def close(self, call: Call, referral_id: str) -> Answer:
        ending.close(self.case(call, referral_id), call.body)
        return self.shown(call, referral_id, 201)

    @endpoint(
        "POST", "/referrals/<uuid:referral_id>/transfers", scope="referrals:decide", body=said.Transfer,
        returns=Referral, status=201, idempotent=True, tags=["casework"], errors=(404, 409), guarded=True,
        summary="Transfer a referral to another library",
        description=f"That one is the controller and decides anew; yours sees it no longer. {_GUARDED}",
    )  # fmt: skip
    def transfer(self, call: Call, referral_id: str) -> Answer:
        moving.transfer(self.case(call, referral_id), call.body)
        return self.shown(call, referral_id, 201, decided=True)

    @endpoint(
        "POST", "/referrals/<uuid:referral_id>/reach-corrections", scope="referrals:write", body=said.Reach,
        returns=Referral, status=201, idempotent=True, tags=["casework"], errors=(404, 409, 412),
        summary="Correct how your person is reached", description=f"The library sees it at once. {_IF_MATCH}",
    )  # fmt: skip
    def correct_reach_of_person(self, call: Call, referral_id: str) -> Answer:
        access.partner_of(self.store, call.caller)
        reaching.correct(self.case(call, referral_id), call.body)
        return self.shown(call, referral_id, 201)

    @endpoint(
        "POST", "/referrals/<uuid:referral_id>/withdrawals", scope="referrals:write", body=said.Withdrawal,
        returns=Referral, status=201, idempotent=True, tags=["casework"], errors=(404, 409, 412),
        summary="Take your referral back", description=f"Its places are free again. {_IF_MATCH}",
    )  # fmt: skip
    def withdraw(self, call: Call, referral_id: str) -> Answer:
        access.partner_of(self.store, call.caller)
        ending.withdraw(self.case(call, referral_id), call.body["reason"])
        return self.shown(call, referral_id, 201)

    @endpoint(
        "GET", "/referrals/<uuid:referral_id>/casework", scope="referrals:read", query=said.CaseworkQuery,
        returns=said.Casework, tags=["casework"], errors=(404,), summary="See what was done about a referral",
        description="Newest first, with what was written. A partner sees what it was asked and what it said.",
    )  # fmt: skip
    def list_casework(self, call: Call, referral_id: str) -> Page:
        sight = access.sight_of(self.store, call.caller)
        referral = access.visible(self.store, sight, self.store.referral(referral_id))
        call.about(referral["participant_id"])
        what = looking.seen_casework(sight, call.query.get("what"))
        rows = self.store.page_of_casework(referral_id, what, call.cursor, call.limit + 1)
        page = Page.of(rows, call, key=lambda row: (row["recorded_at"], row["casework_id"]))
        return Page(looking.casework(self.store, self.vault, sight, referral, page.items, call.caller), page.next)

    @every(seconds=60, name="tell-started")
    def tell_started(self) -> bool:
        """Whose first meeting has begun."""
        return tell_started(self.store)

    @every(seconds=60, name="tell-overdue")
    def tell_overdue(self) -> bool:
        """Whose library did not get in touch in time."""
        return tell_overdue(self.store, self.tell)
