"""What coordinators decide: take a referral or refuse it, and write down what a participant said about a place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from chassis.http import BadInput, Conflict, Forbidden, NotFound, field_error
from chassis.identity import ANYONE, Caller
from contracts.intake import PlacementAgreed, PlacementDeclined, ReferralRejected
from services.intake.domain.acceptance import Completeness, triage_reasons
from services.intake.domain.needs import IllegalStep, NeedState, Phase, Step, decide, referral_status
from services.intake.domain.people import identity
from services.intake.domain.routing import route
from services.intake.guardian import name_guardian
from services.intake.reception import Reception, tell_accepted
from services.intake.records import Received, amsterdam_day
from services.intake.store import IntakeStore
from services.intake.vault import Vault

Row = dict[str, Any]
_SUPPLY = {
    "legal-basis-missing": ("legalBasis", "The legal basis is still missing."),
    "person-not-informed": ("informed", "When the person was informed is still missing."),
    "municipality-unknown": ("municipality", "The municipality is still missing."),
    "guardian-missing": ("guardian", "For a child under 16 a parent or guardian is still missing."),
    "municipality-not-served": ("libraryId", "No library serves this municipality; say which of yours takes it."),
}
_CLOCKS_DIFFER = timedelta(minutes=5)


class Decisions:
    """In the transaction of the store, about a referral whose row is locked."""

    def __init__(self, store: IntakeStore, vault: Vault, tell: Callable[..., Any]) -> None:
        self._store = store
        self._vault = vault
        self._tell = tell

    def accept(self, referral: Row, supplied: Row, caller: Caller, *, accepted_by: str = "coordinator") -> None:
        """Take it, with what was missing. Raises Conflict (already decided), Forbidden or BadInput (still missing)."""
        needs = self._store.needs_of([referral["referral_id"]])[referral["referral_id"]]
        states = [_decided(need, Step.ACCEPTED) for need in needs]
        accepted = self._completed(referral, needs, supplied, caller) | {"accepted_by": accepted_by}
        self._store.accept(accepted)
        self._change(accepted, needs, states, Step.ACCEPTED, accepted_by)
        tell_accepted(self._tell, accepted, needs)
        if accepted["library_id"] != referral["library_id"]:
            self._hand_over(accepted, needs)

    def _completed(self, referral: Row, needs: Sequence[Row], supplied: Row, caller: Caller) -> Row:
        informed = supplied.get("informed") or {}
        whole = referral | {name: supplied[name] for name in ("municipality", "legal_basis") if name in supplied}
        whole |= {"informed_on": informed.get("on", referral["informed_on"]),
                  "informed_how": informed.get("how", referral["informed_how"])}  # fmt: skip
        if informed and informed["on"] > amsterdam_day(self._store.now):
            raise BadInput.field("informed.on", "This date lies in the future.", "date-in-future")
        whole["guardian_missing"] = referral["guardian_missing"] and "guardian" not in supplied
        whole["library_id"] = self._library(whole, referral, needs, supplied, caller)
        missing = _reasons(whole)
        if missing:
            raise BadInput([field_error("body", *_SUPPLY[reason], reason) for reason in missing])
        if "guardian" in supplied:
            name_guardian(self._store, self._vault, referral["participant_id"], supplied["guardian"])
        if informed.get("language"):
            key = self._vault.under(referral["wrapped_key"], referral["participant_id"])
            around = key.open(referral["referral_id"], referral["sealed"])
            around["informed_language"] = informed["language"]
            whole["sealed"] = key.seal(referral["referral_id"], around)
        return whole

    def _library(self, whole: Row, referral: Row, needs: Sequence[Row], supplied: Row, caller: Caller) -> str | None:
        if "library_id" in supplied:
            if supplied["library_id"] not in caller.libraries:
                raise Forbidden("You may take referrals for your own libraries only.")
            return str(supplied["library_id"])
        if referral["library_id"] and whole["municipality"] == referral["municipality"]:
            return str(referral["library_id"])
        return route(whole["municipality"], [need["kind"] for need in needs], self._store.routing_table())

    def _hand_over(self, accepted: Row, needs: Sequence[Row]) -> None:
        """A library has the record for the first time: it is the controller, and it may know the person already."""
        participant_id = accepted["participant_id"]
        self._store.give_library(participant_id, accepted["library_id"])
        row = self._store.participant(participant_id)
        if row is None:
            raise LookupError(f"participant {participant_id} of a referral is gone")
        person = self._vault.under(row["wrapped_key"], participant_id).open(participant_id, row["sealed"])
        known_by = identity(person.get("given_name"), person["family_name"], person.get("birth_date"))
        Reception(self._store, self._vault, self._tell).link([Received(row, accepted, list(needs), known_by)])

    def route_again(self, referral: Row) -> None:
        """A library serves the municipality by now: it gets the referral, and the rules are asked once more."""
        needs = self._store.needs_of([referral["referral_id"]])[referral["referral_id"]]
        kinds = [need["kind"] for need in needs]
        routed = referral | {"library_id": route(referral["municipality"], kinds, self._store.routing_table())}
        routed["triage_reasons"] = _reasons(routed)
        if not routed["triage_reasons"]:
            self.accept(referral, {}, ANYONE, accepted_by="rule")
        elif routed["library_id"]:
            self._store.route(routed)
            self._hand_over(routed, needs)

    def reject(self, referral: Row, reason: str | None) -> None:
        """Refuse it, with a reason. Raises Conflict or BadInput."""
        if reason is None:
            raise BadInput.field("reason", "A rejection needs a reason.", "required")
        needs = self._store.needs_of([referral["referral_id"]])[referral["referral_id"]]
        states = [_decided(need, Step.REJECTED, reason) for need in needs]
        self._store.reject(referral["referral_id"], reason)
        self._change(referral, needs, states, Step.REJECTED, "coordinator")
        told = ("participant_id", "partner_id", "library_id", "municipality")
        self._tell(ReferralRejected, referral["referral_id"], reason=reason, **{name: referral[name] for name in told})

    def answer(self, referral: Row, need_id: str, said: Row, caller: Caller) -> None:
        """The participant's yes or no about the place that is held. Raises NotFound, Conflict or BadInput."""
        needs = self._store.needs_of([referral["referral_id"]])[referral["referral_id"]]
        need = next((one for one in needs if one["need_id"] == need_id), None)
        if need is None:
            raise NotFound("This referral has no such need.")
        at = said.get("answered_at", self._store.now)
        if at > self._store.now + _CLOCKS_DIFFER:
            raise BadInput.field("answeredAt", "This moment lies in the future.", "date-in-future")
        if at < referral["received_at"] - _CLOCKS_DIFFER:
            raise BadInput.field("answeredAt", "This moment lies before the referral came in.", "before-referral")
        step = Step.AGREED if said["answer"] == "agreed" else Step.DECLINED
        after = _decided(need, step)
        if said["enrolment_id"] != need["enrolment_id"]:
            raise Conflict("Another place is held for this need now.", enrolmentId=need["enrolment_id"])
        told = {name: said[name] for name in ("enrolment_id", "answered_by", "channel")} | {"answered_at": at}
        self._store.add_answer({**told, "need_id": need_id, "answer": said["answer"], "recorded_by": caller.id})
        states = [after if one is need else _state(one) for one in needs]
        self._change(referral, needs, states, step, said["answered_by"], only=need)
        event = PlacementAgreed if step is Step.AGREED else PlacementDeclined
        self._tell(event, referral["referral_id"], need_id=need_id, **told)

    def _change(
        self, referral: Row, needs: Sequence[Row], states: Sequence[NeedState], step: Step, by: str,
        *, only: Row | None = None,
    ) -> None:  # fmt: skip
        """Write the new states of the needs (of `only` that one), their timelines, and the status that follows."""
        changed = [(need, state) for need, state in zip(needs, states, strict=True) if only is None or need is only]
        self._store.add_steps([
            {"need_id": need["need_id"], "at": self._store.now, "what": step.value, "by": by,
             "phase": state.phase.code, "reasons": list(state.reasons)}
            for need, state in changed
        ])  # fmt: skip
        status = referral_status(state.phase for state in states)
        self._store.change_needs(
            [stored(need, state) for need, state in changed], [(referral["referral_id"], status.value)]
        )


def stored(need: Row, state: NeedState, starts_at: Any = None) -> Row:
    """The columns of a need in this state; without its place the first meeting goes too."""
    kept = (starts_at or need["starts_at"]) if state.enrolment_id else None
    return {"need_id": need["need_id"], "phase": state.phase.code, "enrolment_id": state.enrolment_id,
            "starts_at": kept, "reasons": list(state.reasons)}  # fmt: skip


def _reasons(referral: Row) -> list[str]:
    known = ("municipality", "library_id", "legal_basis", "informed_on", "guardian_missing")
    said = (referral[name] for name in known)
    return triage_reasons(Completeness(*said))


def _state(need: Row) -> NeedState:
    return NeedState(Phase.of(need["phase"]), need["enrolment_id"], tuple(need["reasons"]))


def _decided(need: Row, step: Step, *reasons: str) -> NeedState:
    try:
        return decide(_state(need), step, *reasons)
    except IllegalStep as illegal:
        raise Conflict(
            f"This is not possible while the need is {illegal.phase.code}.",
            needId=need["need_id"], needStatus=illegal.phase.status.value,
            businessStatus=illegal.phase.business_status, allowed=[allowed.value for allowed in illegal.allowed],
        ) from illegal  # fmt: skip
