"""HTTP about referrals, their needs and participants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from chassis.http import Answer, BadInput, Call, Forbidden, Page, Problem, endpoint, field_error
from chassis.http.problem import FieldError
from chassis.lots import Lots
from chassis.timers import every
from services.intake import access, looking, references, referring
from services.intake.access import Sight
from services.intake.casework import deciding, placing
from services.intake.casework.case import RULE, Case
from services.intake.domain.feedback import may_filter_by
from services.intake.domain.findings import Finding
from services.intake.domain.referral import findings, normalised, tidy
from services.intake.limits import LARGEST_REFERRAL
from services.intake.on_referral import OnReferral
from services.intake.reception import Reception
from services.intake.records import Incoming, amsterdam_day
from services.intake.schemas.referrals import (
    Decision,
    Need,
    Participant,
    PlacementAnswer,
    Referral,
    ReferralQuery,
    ReferralSummary,
)
from services.intake.schemas.referring import NewReferral

Row = dict[str, Any]
ROUTED_AT_ONCE = 50
_ROUTED = Lots("route-waiting-referrals", "referral_id")


class Referrals(OnReferral):
    """Referring someone, following what becomes of it, and deciding about it."""

    @endpoint(
        "POST", "/referrals", scope="referrals:write", body=NewReferral, returns=Referral, status=201,
        idempotent=True, group=True, summary="Refer someone", tags=["referrals"], max_bytes=LARGEST_REFERRAL,
        description="Accepted at once when it is complete and a library serves the municipality; otherwise a "
        "coordinator decides and `triageReasons` says why.",
    )  # fmt: skip
    def refer(self, calls: list[Call]) -> list[Answer | Problem]:
        """Those of one partner are taken in together; what is wrong with one is its own answer."""
        results: dict[int, Answer | Problem] = {}
        ready: dict[str, list[tuple[int, Sight, Incoming]]] = defaultdict(list)
        partners: dict[str, Row] = {}
        for place, call in enumerate(calls):
            try:
                partner = access.partner_of(self.store, call.caller, partners)
                sight = access.sight_of_partner(partner, call.caller)
                ready[partner["partner_id"]].append((place, sight, self._incoming(call, partner, sight)))
            except Problem as problem:
                results[place] = problem
        reception = Reception(self.store, self.vault, self.tell)
        for partner_id, asked in sorted(ready.items()):
            received = reception.take_in(partner_id, [incoming for _, _, incoming in asked])
            for (place, sight, _), one in zip(asked, received, strict=True):
                calls[place].about(one.participant["participant_id"])
                payload = looking.received(self.vault, sight, one)
                results[place] = Answer(payload, 201, etag=str(one.as_kept["version"]))
        return [results[place] for place in range(len(calls))]

    def _incoming(self, call: Call, partner: Row, sight: Sight) -> Incoming:
        said = tidy(call.body)
        agreed = referring.agreement_of(partner, sight)
        if not agreed.from_somewhere:
            raise Forbidden("No municipality is assigned to you.")
        wrong = findings(said, today=amsterdam_day(self.store.now), agreed=agreed)
        if wrong:
            raise BadInput([_field_error(one) for one in wrong])
        return Incoming(referring.on_terms(normalised(said), partner), traceparent=call.traceparent)

    @endpoint("GET", "/referrals", scope="referrals:read", query=ReferralQuery, returns=ReferralSummary,
              summary="List referrals, newest first", tags=["referrals"])  # fmt: skip
    def list_referrals(self, call: Call) -> Page:
        sight = access.sight_of(self.store, call.caller)
        if call.query.get("status") and not may_filter_by(call.query["status"], sight.agreed):
            raise BadInput.field("status", "Your organisation is not told this.", "not-agreed", "query")
        rows = looking.page(self.store, sight, call.query, call.cursor, call.limit + 1)
        page = Page.of(rows, call, key=lambda row: (row["received_at"], row["referral_id"]))
        return Page(looking.summaries(self.store, self.vault, sight, page.items), page.next)

    @endpoint("GET", "/referrals/<uuid:referral_id>", scope="referrals:read", returns=Referral,
              summary="See a referral with the timeline of each need", tags=["referrals"], errors=(404,))  # fmt: skip
    def see_referral(self, call: Call, referral_id: str) -> Answer:
        return self.shown(call, referral_id)

    @endpoint(
        "POST", "/referrals/<uuid:referral_id>/decisions", scope="referrals:decide", body=Decision,
        returns=Referral, status=201, idempotent=True, summary="Accept or reject a referral", tags=["referrals"],
        errors=(404, 409), guarded=True,
        description="Accepting may supply what was missing. The referral's ETag is to be sent as If-Match, so that "
        "nobody's work is overwritten (412, 428).",
    )  # fmt: skip
    def decide(self, call: Call, referral_id: str) -> Answer:
        case = self.case(call, referral_id)
        if call.body["decision"] == "accept":
            deciding.accept(case, call.body, call.caller)
        else:
            deciding.reject(case, call.body.get("reason"))
        return self.shown(call, referral_id, status=201, decided=True)

    @endpoint(
        "POST", "/referrals/<uuid:referral_id>/needs/<uuid:need_id>/placement-answers", scope="referrals:decide",
        body=PlacementAnswer, returns=Need, status=201, idempotent=True, tags=["referrals"], errors=(404, 409),
        guarded=True,
        summary="Record the participant's yes or no about a held place",
        description="A yes makes the place final; a no frees it for the next in line. The ETag of the referral is to "
        "be sent as If-Match (412, 428).",
    )  # fmt: skip
    def answer_place(self, call: Call, referral_id: str, need_id: str) -> dict[str, Any]:
        placing.answer(self.case(call, referral_id), need_id, call.body)
        return looking.need(self.store, referral_id, need_id)

    @endpoint(
        "GET", "/participants/<uuid:participant_id>", scope="referrals:read", returns=Participant, errors=(404,),
        summary="See who a participant is", tags=["participants"],
        description="For staff of the library that is the controller. Each look is written in the processing log.",
    )  # fmt: skip
    def see_participant(self, call: Call, participant_id: str) -> dict[str, Any]:
        return looking.participant(self.store, self.vault, call.caller, participant_id)

    @every(seconds=30, name="route-waiting-referrals")
    def route_waiting_referrals(self) -> bool:
        """Referrals from where no library served go to the library that does by now."""
        waiting = self.store.waiting_for_library(ROUTED_AT_ONCE, _ROUTED.put_off(self.store.now))
        _ROUTED.work(self.store.unit, waiting, self._route)
        return len(waiting) == ROUTED_AT_ONCE

    def _route(self, waiting: Sequence[Row]) -> None:
        for row in waiting:
            referral = self.store.locked_referral(row["referral_id"])
            if referral is not None:
                deciding.route_again(Case(self.store, self.vault, self.tell, referral, RULE))

    @every(seconds=60, name="index-references")
    def index_references(self) -> bool:
        """Own references of before they could be looked for become findable."""
        return references.index_some(self.store, self.vault)


def _field_error(found: Finding) -> FieldError:
    error = field_error("body", referring.spelled(found.field), found.english, found.code)
    return {**error, "message_dutch": found.dutch}
