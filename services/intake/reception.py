"""Receiving referrals: one from a request, or some hundred rows of a file, in one transaction and a few statements.

Each becomes a participant with a key of its own, a referral and its needs; it is told as received and, when the rules
say so, as accepted. Whoever was known to the library before is linked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import uuid_utils

from contracts.intake import ParticipantsLinked, ReferralAccepted, ReferralReceived
from services.intake.domain.acceptance import Completeness, triage_reasons
from services.intake.domain.goals import kind_for
from services.intake.domain.needs import Phase, Step
from services.intake.domain.people import age_band, identity
from services.intake.domain.routing import Service, route
from services.intake.store_referrals import ReferralStore
from services.intake.vault import AROUND, PERSON, Vault

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LEVELS = ("age_band", "spoken_level", "literacy", "digital_skill", "learner_track", "target_group",
          "civic_integration_duty", "availability", "features")  # fmt: skip
_MEASURED = ("spoken_level_how", "spoken_level_on", "literacy_how", "literacy_on")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A checked, normalised referral. `household` scopes its key: a file's id, or `api`."""

    said: Row
    household: str = "api"
    referral_file_id: str | None = None
    row_number: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What became of it: the rows as they are stored, the needs as they are told."""

    participant: Row
    referral: Row
    needs: list[Row]
    person: str | None

    @property
    def referral_id(self) -> str:
        return str(self.referral["referral_id"])


def amsterdam_day(moment: datetime) -> date:
    """The date there at this moment: what "today" means to whoever refers."""
    return moment.astimezone(AMSTERDAM).date()


def new_id() -> str:
    """An id that says when it was made and nothing else."""
    return str(uuid_utils.uuid7())


class Reception:
    """Takes referrals in, in the transaction of its store."""

    def __init__(self, store: ReferralStore, vault: Vault, tell: Callable[..., Any]) -> None:
        self._store = store
        self._vault = vault
        self._tell = tell

    def take_in(self, partner_id: str, incoming: Sequence[Incoming], table: Sequence[Service]) -> list[Received]:
        """Store and tell these referrals of one partner, in this order."""
        households = self._households(partner_id, incoming)
        received = [self._prepare(partner_id, one, table, households.get(_household(one))) for one in incoming]
        self._store.add(
            [one.participant for one in received],
            [one.referral for one in received],
            [need for one in received for need in one.needs],
        )
        self._store.add_steps([step for one in received for step in _first_steps(one)])
        for one in received:
            self._announce(one)
        self.link(received)
        return received

    def _households(self, partner_id: str, incoming: Sequence[Incoming]) -> dict[tuple[str, str] | None, str]:
        keys = {
            named: self._vault.household_index(partner_id, *named)
            for one in incoming
            if (named := _household(one)) is not None
        }
        found = self._store.households(partner_id, {key: new_id() for key in keys.values()})
        return {named: found[key] for named, key in keys.items()}

    def _prepare(
        self, partner_id: str, incoming: Incoming, table: Sequence[Service], household_id: str | None
    ) -> Received:
        said, now = incoming.said, self._store.now
        participant_id, referral_id = new_id(), new_id()
        needs = [
            {"need_id": new_id(), "referral_id": referral_id, "position": place, "goal": need["goal"],
             "kind": need.get("kind") or kind_for(need["goal"], said["spoken_level"])}
            for place, need in enumerate(said["needs"])
        ]  # fmt: skip
        informed, person = said.get("informed") or {}, said["participant"]
        library_id = route(said.get("municipality"), [need["kind"] for need in needs], table)
        reasons = triage_reasons(
            Completeness(said.get("municipality"), library_id, said.get("legal_basis"), informed.get("on"))
        )
        phase = Phase.REQUESTED if reasons else Phase.MATCHING
        for need in needs:
            need["phase"] = phase.code
        wrapped_key = self._vault.new_key(participant_id)
        key = self._vault.under(wrapped_key, participant_id)
        around = {"informed_language": informed.get("language")} | {name: said.get(name) for name in AROUND[:3]}
        participant = {
            "participant_id": participant_id, "library_id": library_id, "household_id": household_id,
            "wrapped_key": wrapped_key, "created_at": now,
            "sealed": key.seal(participant_id, {name: person.get(name) for name in PERSON}),
        }  # fmt: skip
        referral = {
            "referral_id": referral_id, "participant_id": participant_id, "household_id": household_id,
            "partner_id": partner_id, "library_id": library_id, "municipality": said.get("municipality"),
            "postcode4": said.get("postcode4"), "referral_file_id": incoming.referral_file_id,
            "row_number": incoming.row_number, "received_at": now, "status": phase.status.value,
            "triage_reasons": reasons, "accepted_by": None if reasons else "rule", "decided_at": None if reasons else now,
            "legal_basis": said.get("legal_basis"), "informed_on": informed.get("on"),
            "informed_how": informed.get("how"), "age_band": age_band(person.get("birth_date"), amsterdam_day(now)),
            **{name: said[name] for name in LEVELS if name != "age_band"},
            **{name: said.get(name) for name in _MEASURED},
            "sealed": key.seal(referral_id, around),
        }  # fmt: skip
        known_by = identity(person.get("given_name"), person["family_name"], person.get("birth_date"))
        return Received(participant, referral, needs, known_by)

    def _announce(self, one: Received) -> None:
        referral = one.referral
        self._tell(
            ReferralReceived,
            one.referral_id,
            **{name: referral[name] for name in (
                "participant_id", "household_id", "partner_id", "library_id", "municipality", "referral_file_id",
                "received_at", "target_group", "civic_integration_duty", "age_band", "triage_reasons")},
            needs=told_needs(one.needs),
        )  # fmt: skip
        if not referral["triage_reasons"]:
            tell_accepted(self._tell, referral, one.needs)

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
        offered: dict[tuple[str, bytes], str] = {}
        for participant_id, person in persons.items():
            offered.setdefault(person, participant_id)
        first = self._store.known_first(offered)
        links = [(who, first[person], person[0]) for who, person in persons.items() if first[person] != who]
        self._store.link([(who, same_as) for who, same_as, _ in links])
        for who, same_as, library_id in links:
            self._tell(ParticipantsLinked, who, same_as=same_as, library_id=library_id)


def _household(one: Incoming) -> tuple[str, str] | None:
    key = one.said.get("household_key")
    return (one.household, key) if key else None


def _first_steps(one: Received) -> list[Row]:
    """Received, and at once accepted when the rules say so."""
    steps = []
    for need in one.needs:
        common = {"need_id": need["need_id"], "at": one.referral["received_at"], "reasons": []}
        steps.append(common | {"what": "received", "by": "partner", "phase": Phase.REQUESTED.code})
        if not one.referral["triage_reasons"]:
            steps.append(common | {"what": Step.ACCEPTED.value, "by": "rule", "phase": Phase.MATCHING.code})
    return steps


def told_needs(needs: Sequence[Row]) -> list[Row]:
    """Needs as events hold them."""
    return [{name: need[name] for name in ("need_id", "goal", "kind")} for need in needs]


def tell_accepted(tell: Callable[..., Any], referral: Row, needs: Sequence[Row]) -> None:
    """Tell that a referral belongs to its library from now on, with what matching needs."""
    told = ("participant_id", "household_id", "partner_id", "library_id", "municipality", "postcode4",
            "referral_file_id", "received_at", "accepted_by", *LEVELS)  # fmt: skip
    tell(
        ReferralAccepted,
        str(referral["referral_id"]),
        **{name: referral[name] for name in told},
        needs=told_needs(needs),
    )
