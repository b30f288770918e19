"""Receiving referrals: one from a request, or some hundred rows of a file, in one transaction and a few statements.

Each becomes a participant with a key of its own, a referral and its needs; it is told as received and, when the rules
say so, as accepted. Whoever was known to the library before is linked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from contracts.intake import ParticipantsLinked, ReferralAccepted, ReferralReceived
from services.intake import metrics
from services.intake.courses import step_row
from services.intake.domain.needs import Step
from services.intake.records import LEVELS, Incoming, Received, begun, new_id, prepared
from services.intake.store import IntakeStore
from services.intake.vault import Vault

Row = dict[str, Any]

TOLD_AS_RECEIVED: Final = (
    "participant_id", "household_id", "partner_id", "library_id", "municipality", "referral_file_id", "received_at",
    "target_group", "civic_integration_duty", "age_band", "triage_reasons",
)  # fmt: skip
TOLD_WHOLE: Final = (
    "participant_id", "household_id", "partner_id", "library_id", "municipality", "postcode4", "referral_file_id",
    "received_at", "accepted_by", *LEVELS,
)  # fmt: skip
"""What events say of a referral: before it is a library's, and after."""


class Reception:
    """Takes referrals in, in the transaction of its store."""

    def __init__(self, store: IntakeStore, vault: Vault, tell: Callable[..., Any]) -> None:
        self._store = store
        self._vault = vault
        self._tell = tell

    def take_in(self, partner_id: str, incoming: Sequence[Incoming]) -> list[Received]:
        """Store and tell these referrals of one partner, in this order."""
        households = self._households(partner_id, incoming)
        routing = self._store.routing(one.said.get("municipality") for one in incoming)
        numbers = self._store.draw_numbers(len(incoming))
        received = [
            prepared(
                one,
                partner_id=partner_id,
                household_id=households.get(_household(one)),
                number=number,
                routing=routing,
                vault=self._vault,
                now=self._store.now,
            )
            for one, number in zip(incoming, numbers, strict=True)
        ]
        self._store.add(
            [one.participant for one in received],
            [one.referral for one in received],
            [need for one in received for need in one.needs],
        )
        self._store.add_explicit_consents([one.explicit_consent for one in received if one.explicit_consent])
        for one in received:
            one.steps.extend(_first_steps(one))
        self._store.add_steps([step for one in received for step in one.steps])
        for one in received:
            self._announce(one)
        self.link(received)
        self._store.unit.after_commit(partial(_count, received))
        return received

    def _households(self, partner_id: str, incoming: Sequence[Incoming]) -> dict[tuple[str, str] | None, str]:
        keys = {
            named: self._vault.household_index(partner_id, *named)
            for one in incoming
            if (named := _household(one)) is not None
        }
        found = self._store.households(partner_id, {key: new_id() for key in keys.values()})
        return {named: found[key] for named, key in keys.items()}

    def _announce(self, one: Received) -> None:
        referral = one.referral
        self._tell(
            ReferralReceived,
            one.referral_id,
            **{name: referral[name] for name in TOLD_AS_RECEIVED},
            needs=told_needs(one.needs),
            traceparent=one.traceparent,
        )  # fmt: skip
        if not referral["triage_reasons"]:
            tell_accepted(partial(self._tell, traceparent=one.traceparent), referral, one.needs)

    def link(self, received: Sequence[Received]) -> None:
        """Link those who were known to their library before, as of each library's first look at them."""
        persons = {
            one.referral["participant_id"]: (
                one.referral["library_id"],
                self._vault.person_index(one.referral["library_id"], one.person),
            )
            for one in received
            if one.person and one.referral["library_id"]
        }
        traces = {one.referral["participant_id"]: one.traceparent for one in received}
        offered: dict[tuple[str, bytes], str] = {}
        for participant_id, person in persons.items():
            offered.setdefault(person, participant_id)
        first = self._store.known_first(offered)
        links = [(who, first[person], person[0]) for who, person in persons.items() if first[person] != who]
        self._store.link([(who, same_as) for who, same_as, _ in links])
        for who, same_as, library_id in links:
            self._tell(ParticipantsLinked, who, same_as=same_as, library_id=library_id, traceparent=traces[who])


def _count(received: Sequence[Received]) -> None:
    for one in received:
        metrics.referrals_received.labels("triage" if one.referral["triage_reasons"] else "accepted").inc()


def _household(one: Incoming) -> tuple[str, str] | None:
    key = one.said.get("household_key")
    return (one.household, key) if key else None


def _first_steps(one: Received) -> list[Row]:
    """Received, and at once accepted when the rules say so."""
    steps = []
    for need in one.needs:
        common = {"need_id": need["need_id"], "at": one.referral["received_at"], "actor": None}
        steps.append(step_row(course=begun(one.needs, accepted=False), what="received", by="partner", **common))
        if not one.referral["triage_reasons"]:
            course = begun(one.needs, accepted=True)
            steps.append(step_row(course=course, what=Step.ACCEPTED.value, by="rule", **common))
    return steps


def told_needs(needs: Sequence[Row]) -> list[Row]:
    """Needs as events hold them."""
    return [{name: need[name] for name in ("need_id", "goal", "kind")} for need in needs]


def told_whole(referral: Row, needs: Sequence[Row]) -> Row:
    """A referral as it is now, with what matching needs, as events hold it."""
    return {name: referral[name] for name in TOLD_WHOLE} | {"needs": told_needs(needs)}


def tell_accepted(tell: Callable[..., Any], referral: Row, needs: Sequence[Row]) -> None:
    """Tell that a referral belongs to its library from now on, with what matching needs."""
    tell(ReferralAccepted, str(referral["referral_id"]), **told_whole(referral, needs))
