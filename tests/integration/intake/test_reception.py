"""Referrals as they are stored, told and linked."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest

from chassis.testing import Harness
from contracts.envelope import Event
from contracts.intake import ParticipantsLinked, ReferralAccepted, ReferralReceived, ReferralRejected
from tests.support.intake_desk import HERE, Desk
from tests.support.intake_process import referral


@pytest.fixture
def desk(harness: Harness) -> Desk:
    return Desk(harness)


def told(desk: Desk, *kinds: type[Any]) -> list[Event]:
    return [event for event in desk.harness.told() if event.event in kinds]


def person(**changed: Any) -> dict[str, Any]:
    return {
        "givenName": "Zahra",
        "familyName": "Qadirovane",
        "birthDate": "1991-05-17",
        "phone": "0600000123",
    } | changed


def test_a_complete_referral_is_told_as_received_and_accepted_in_one_transaction(desk: Desk) -> None:
    (made,) = desk.refer(referral(householdKey="F1", targetGroup="status-holder", civicIntegrationDuty="yes"))
    received, accepted = told(desk, ReferralReceived, ReferralAccepted)
    assert (received.event, received.sequence, accepted.event, accepted.sequence) == (
        ReferralReceived, 1, ReferralAccepted, 2,
    )  # fmt: skip
    assert received.subject == accepted.subject == f"referral/{made.referral_id}"
    assert received.data["triage_reasons"] == []
    assert accepted.data == {
        "referral_id": made.referral_id, "participant_id": made.participant["participant_id"],
        "household_id": made.referral["household_id"], "partner_id": desk.partner_id, "library_id": desk.library_id,
        "municipality": HERE, "postcode4": "7411", "referral_file_id": None,
        "received_at": made.referral["received_at"], "accepted_by": "rule", "age_band": "28-45", "spoken_level": "A1",
        "literacy": "unknown", "digital_skill": "unknown", "learner_track": "unknown",
        "target_group": "status-holder", "civic_integration_duty": "yes", "availability": ["mon-morning"],
        "features": ["childcare"],
        "needs": [{name: need[name] for name in ("need_id", "goal", "kind")} for need in made.needs],
    }  # fmt: skip
    assert made.referral["household_id"] is not None


def test_triage_is_told_and_nothing_is_accepted(desk: Desk) -> None:
    desk.refer(referral(legalBasis=None), referral(municipality=None), referral(municipality="GM0999"))
    assert [event.data["triage_reasons"] for event in told(desk, ReferralReceived)] == [
        ["legal-basis-missing"], ["municipality-unknown"], ["municipality-not-served"],
    ]  # fmt: skip
    assert told(desk, ReferralAccepted) == []


def test_a_coordinator_takes_a_referral_that_was_routed_nowhere(desk: Desk) -> None:
    (made,) = desk.refer(referral(municipality=None))
    desk.decide(made.referral_id, accept={"municipality": HERE})
    (accepted,) = told(desk, ReferralAccepted)
    assert (accepted.data["library_id"], accepted.data["accepted_by"]) == (desk.library_id, "coordinator")
    rows = desk.harness.rows("select library_id from intake.participant")
    assert rows == [{"library_id": desk.library_id}]


def test_a_coordinator_takes_a_referral_for_a_library_of_its_own_from_where_nobody_serves(desk: Desk) -> None:
    (made,) = desk.refer(referral(municipality="GM0999"))
    desk.decide(made.referral_id, accept={"library_id": desk.library_id})
    (accepted,) = told(desk, ReferralAccepted)
    assert (accepted.data["library_id"], accepted.data["municipality"]) == (desk.library_id, "GM0999")


def test_a_rejection_has_a_reason_and_ends_every_need(desk: Desk) -> None:
    (made,) = desk.refer(referral(legalBasis=None))
    desk.decide(made.referral_id, reject="no-legal-basis")
    (rejected,) = told(desk, ReferralRejected)
    assert rejected.data["reason"] == "no-legal-basis"
    assert desk.status(made.referral_id) == "rejected"


def test_one_that_cannot_be_routed_holds_up_nobody_else(desk: Desk) -> None:
    broken, complete = desk.refer(*[referral(municipality="GM0999") for _ in range(2)])
    desk.harness.rows("update intake.need set phase = 'nonsense' where referral_id = %s", broken.referral_id)
    desk.library("GM0999")
    desk.harness.tick("route-waiting-referrals")
    assert [one.data["referral_id"] for one in told(desk, ReferralAccepted)] == [complete.referral_id]
    assert desk.status(broken.referral_id) == "requested"


def test_a_library_that_comes_later_gets_what_waited_for_it(desk: Desk) -> None:
    complete, incomplete, other_kind = desk.refer(
        referral(municipality="GM0999"),
        referral(municipality="GM0999", legalBasis=None),
        referral(municipality="GM0999", needs=[{"goal": "study-youth"}]),
    )
    assert desk.harness.tick("route-waiting-referrals") == 1
    assert told(desk, ReferralAccepted) == []
    library = desk.library("GM0999", kinds=("language-cafe",))
    desk.harness.tick("route-waiting-referrals")
    (accepted,) = told(desk, ReferralAccepted)
    assert (accepted.data["referral_id"], accepted.data["library_id"]) == (complete.referral_id, library)
    rows = desk.harness.rows(
        "select referral_id, library_id, triage_reasons from intake.referral where status = 'requested'"
    )
    assert {row["referral_id"]: (row["library_id"], row["triage_reasons"]) for row in rows} == {
        incomplete.referral_id: (library, ["legal-basis-missing"]),
        other_kind.referral_id: (None, ["municipality-not-served"]),
    }


def test_the_same_person_is_linked_to_the_one_known_first_and_never_blocked(desk: Desk) -> None:
    (first,) = desk.refer(referral(participant=person()))
    (second,) = desk.refer(referral(participant=person(givenName="ZAHRA ", phone="0600000999")))
    (third,) = desk.refer(
        referral(participant=person(givenName="Qadirovane", familyName="Zahra")), partner_id=desk.partner()
    )
    links = told(desk, ParticipantsLinked)
    known = first.participant["participant_id"]
    assert [(link.data["participant_id"], link.data["same_as"]) for link in links] == [
        (second.participant["participant_id"], known), (third.participant["participant_id"], known),
    ]  # fmt: skip
    assert all(link.data["library_id"] == desk.library_id for link in links)
    assert {desk.status(one.referral_id) for one in (first, second, third)} == {"accepted"}


def test_two_of_the_same_person_at_once_are_linked_too(desk: Desk) -> None:
    one, two = desk.refer(referral(participant=person()), referral(participant=person()))
    (link,) = told(desk, ParticipantsLinked)
    assert (link.data["participant_id"], link.data["same_as"]) == (
        two.participant["participant_id"], one.participant["participant_id"],
    )  # fmt: skip


@pytest.mark.parametrize("changed", [{"birthDate": "1991-05-18"}, {"birthDate": None}, {"familyName": "Ander"}])
def test_other_people_are_not_linked(desk: Desk, changed: dict[str, Any]) -> None:
    desk.refer(referral(participant=person()))
    desk.refer(referral(participant=person(**changed)))
    assert told(desk, ParticipantsLinked) == []


def test_one_person_at_two_libraries_stays_two(desk: Desk) -> None:
    elsewhere = desk.library("GM0193")
    (one,) = desk.refer(referral(participant=person()))
    (two,) = desk.refer(referral(participant=person(), municipality="GM0193"))
    assert (one.referral["library_id"], two.referral["library_id"]) == (desk.library_id, elsewhere)
    assert told(desk, ParticipantsLinked) == []
    indexes = desk.harness.rows("select person_index from intake.known_person")
    assert len({bytes(row["person_index"]) for row in indexes}) == 2


def test_who_comes_in_two_transactions_at_once_is_known_once(desk: Desk) -> None:
    """The second waits for the first; without the key on known_person both would be the one known first."""
    both = threading.Barrier(2)

    def refer() -> None:
        both.wait(10)
        for _ in range(5):
            desk.refer(referral(participant=person()))

    threads = [threading.Thread(target=refer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    links = told(desk, ParticipantsLinked)
    assert len(links) == 9
    assert len({link.data["same_as"] for link in links}) == 1
    assert {link.data["same_as"] for link in links}.isdisjoint(link.data["participant_id"] for link in links)


def test_a_household_is_one_for_its_key_and_partner(desk: Desk) -> None:
    other = desk.partner()
    one, two, three = desk.refer(referral(householdKey="F1"), referral(householdKey="F1"), referral(householdKey="F2"))
    (four,) = desk.refer(referral(householdKey="F1"))
    (five,) = desk.refer(referral(householdKey="F1"), partner_id=other)
    ids = [made.referral["household_id"] for made in (one, two, three, four, five)]
    assert ids[0] == ids[1] == ids[3]
    assert len(set(ids)) == 3
    assert desk.refer()[0].referral["household_id"] is None


def test_names_are_opened_only_with_the_persons_own_key(desk: Desk) -> None:
    (made,) = desk.refer(referral(participant=person()))
    with desk.harness.unit() as unit:
        service = desk.harness.service(unit)
        row = service.store.participant(made.participant["participant_id"])
        key = service.vault.under(row["wrapped_key"], row["participant_id"])
        opened = key.open(row["participant_id"], row["sealed"])
    assert opened == {
        "given_name": "Zahra", "family_name": "Qadirovane", "birth_date": date(1991, 5, 17), "phone": "+31600000123",
    }  # fmt: skip
