"""What a referral must say, what may be left for the intake talk, and that a form hears all that is wrong at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import codes
from services.intake.domain.asked import CONSTRAINTS, EVENING_ONLY, EVENINGS
from services.intake.domain.findings import TEXTS
from services.intake.domain.referral import Agreement, findings, guardian_missing, incomplete, normalised
from services.intake.referring import checked, on_terms, spelled
from tests.support.intake_process import referral

TODAY = date(2026, 11, 23)
ANYTHING = Agreement()
CHILD = {"givenName": "Sami", "familyName": "Qadirovane", "birthDate": "2014-02-01"}
PARENT = {"name": "Zahra Qadirovane", "relation": "parent", "phone": "06-00000123"}


def said(**changed: Any) -> dict[str, Any]:
    """A referral that can be taken in."""
    taken, wrong = checked(referral(**changed), today=TODAY, agreed=ANYTHING)
    assert wrong == []
    assert taken is not None
    return taken


def wrong(agreed: Agreement = ANYTHING, **changed: Any) -> list[tuple[str, str]]:
    """Field as clients write it, and code."""
    _, found = checked(referral(**changed), today=TODAY, agreed=agreed)
    return [(spelled(one.field), one.code) for one in found]


def test_everything_that_can_be_said_is_taken() -> None:
    taken = said(
        participant={**CHILD, "contactPerson": PARENT, "shieldedAddress": True, "contactPreference": "message-app",
                     "household": {"adults": 2, "childrenAges": [3, 12]}},
        purpose="education-support", legalBasis="other", legalBasisText="Taak van de school",
        informed={"on": "2026-10-01", "language": "Dari", "how": "oral", "interpreter": True},
        explicitConsent={"on": "2026-10-01", "how": "written", "givenBy": "guardian"},
        spokenLevelHow="test", spokenLevelOn="2026-09-01", literacy="alfa-a", literacyHow="talk",
        travel={"minutes": 30, "by": ["bicycle"]}, features=["step-free", "childcare"],
        civicIntegrationRoute=["pip", "b1-route", "pvt"],
    )  # fmt: skip
    assert taken["participant"]["contact_person"]["phone"] == "+31600000123"
    assert incomplete(taken) == []
    assert not guardian_missing(taken, TODAY)


def test_all_that_is_wrong_in_form_and_in_what_it_says_comes_at_once() -> None:
    found = wrong(
        participant={"givenName": "Za7hr4321", "birthDate": "31-01-1990", "email": "geen adres"},
        needs=[{"goal": "vliegen"}], postcode4="12", remarks="heeft PTSS", voornaam="Zahra",
        informed={"on": "2999-01-01"},
    )  # fmt: skip
    assert sorted(found) == [
        ("informed.on", "date-in-future"),
        ("needs.0.goal", "choice-unknown"),
        ("participant.birthDate", "date-unreadable"),
        ("participant.email", "email-unreadable"),
        ("participant.familyName", "required"),
        ("participant.givenName", "name-unreadable"),
        ("postcode4", "postcode-unreadable"),
        ("remarks", "health"),
        ("voornaam", "field-unknown"),
    ]


def test_one_of_the_ways_of_contact_may_be_the_contact_persons() -> None:
    assert wrong(participant=CHILD) == [("participant.phone", "contact-missing")]
    assert wrong(participant={**CHILD, "contactPerson": PARENT}) == []
    nobody = {**PARENT, "phone": "bel maar"}
    assert wrong(participant={**CHILD, "contactPerson": nobody}) == [
        ("participant.contactPerson.phone", "phone-unreadable")
    ]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("06 0000 0123", "+31600000123"),
        ("(053) 123 45 67", "+31531234567"),
        ("+49 30 1234567", "+49301234567"),
        ("14 053", "14053"),
        ("140570", "140570"),
        ("0800-1234", "08001234"),
        ("0900 123 4567", "09001234567"),
        (None, None),
    ],
)
def test_who_refers_may_have_any_number_that_can_be_called(written: str | None, kept: str | None) -> None:
    worker = said(caseWorker={"name": "Mirte", "phone": written})["case_worker"]
    assert wrong(caseWorker={"name": "Mirte", "phone": written}) == []
    assert worker["phone"] == kept


@pytest.mark.parametrize("written", ["bel me", "053", "14 99", "maandag 0531234567", "0800 12"])
def test_what_is_no_number_of_who_refers_is_said(written: str) -> None:
    assert wrong(caseWorker={"name": "Mirte", "phone": written}) == [("caseWorker.phone", "phone-unreadable")]


@pytest.mark.parametrize(
    ("born", "relation", "missing"),
    [
        ("2014-02-01", "parent", False),
        ("2014-02-01", "guardian", False),
        ("2014-02-01", "friend", True),
        ("2014-02-01", None, True),
        ("2010-11-24", None, True),
        ("2010-11-23", None, False),
        (None, None, False),
    ],
)
def test_for_a_child_under_sixteen_a_parent_or_guardian_is_named(
    born: str | None, relation: str | None, missing: bool
) -> None:
    contact = {"contactPerson": {"name": "Zahra", "relation": relation}} if relation else {}
    person = {"familyName": "Qadirovane", "phone": "0600000123", "birthDate": born, **contact}
    assert guardian_missing(said(participant=person), TODAY) is missing


def test_a_child_does_not_consent_by_itself() -> None:
    person = {**CHILD, "contactPerson": PARENT}
    by_itself = {"on": "2026-10-01", "how": "oral", "givenBy": "participant"}
    assert wrong(participant=person, explicitConsent=by_itself) == [("explicitConsent.givenBy", "consent-by-guardian")]
    assert wrong(participant=person, explicitConsent={**by_itself, "givenBy": "guardian"}) == []


def test_what_may_wait_for_the_talk_is_named() -> None:
    asked = {"informed.language", "informed.how", "informed.interpreter", "case_worker", "explicit_consent"}
    bare = said(informed={"on": "2026-10-01"}, caseWorker=None, features=["women-only"])
    assert set(incomplete(bare)) == asked
    assert set(incomplete(said(informed=None, caseWorker=None, features=["childcare"]))) == asked - {"explicit_consent"}


def test_evenings_only_is_availability() -> None:
    assert said(features=[EVENING_ONLY, "childcare"], availability=[])["availability"] == list(EVENINGS)
    both = said(features=[EVENING_ONLY], availability=["mon-morning", "wed-evening"])
    assert (both["features"], both["availability"]) == ([], ["wed-evening"])
    assert wrong(features=[EVENING_ONLY], availability=["mon-morning"]) == [
        ("availability", "availability-without-evenings")
    ]


@given(
    st.lists(st.sampled_from(CONSTRAINTS), unique=True),
    st.lists(st.sampled_from(codes.AVAILABILITY_SLOTS), unique=True),
)
def test_what_matching_gets_are_codes_that_events_know_and_never_other_times(
    features: list[str], slots: list[str]
) -> None:
    payload = said() | {"features": features, "availability": slots}
    contradicts = EVENING_ONLY in features and bool(slots) and not set(slots) & set(EVENINGS)
    assert bool(findings(payload, today=TODAY, agreed=ANYTHING)) == contradicts
    after = normalised(payload)
    assert set(after["features"]) == set(features) - {EVENING_ONLY}
    if slots:
        assert set(after["availability"]) <= set(slots)
    if EVENING_ONLY in features and not contradicts:
        assert after["availability"]
        assert set(after["availability"]) <= set(EVENINGS)


def test_somebody_follows_one_route() -> None:
    assert wrong(civicIntegrationRoute=["b1-route", "z-route"]) == [("civicIntegrationRoute", "routes-exclude")]
    assert wrong(civicIntegrationRoute=["pip", "z-route", "map"]) == []


def test_a_partner_refers_on_its_own_terms() -> None:
    terms = Agreement(["GM0150"], ["public-task"], ["civic-integration"])
    assert wrong(terms, purpose="education-support", municipality="GM0193") == [
        ("municipality", "municipality-outside-agreement"),
        ("legalBasis", "legal-basis-outside-agreement"),
        ("purpose", "purpose-outside-agreement"),
    ]
    assert wrong(terms, legalBasis="public-task") == []
    assert wrong(terms, legalBasis=None) == [], "nobody said: a coordinator asks"
    partner = {"purposes": ["civic-integration"], "legal_basis_text": "Zorgplicht"}
    filled = on_terms(said(legalBasis="other"), partner)
    assert (filled["purpose"], filled["legal_basis_text"]) == ("civic-integration", "Zorgplicht")
    assert on_terms(said(legalBasis="other", legalBasisText="Eigen"), partner)["legal_basis_text"] == "Eigen"
    assert on_terms(said(), partner).get("legal_basis_text") is None


@pytest.mark.parametrize(
    ("text", "field", "confirmed", "code"),
    [
        ("Wil over ziekte leren praten", "remarks", [], "health"),
        ("Wil over ziekte leren praten", "remarks", ["remarks"], None),
        ("Werkt bij een christelijke school", "remarks", [], "sensitive"),
        ("Werkt bij een christelijke school", "remarks", ["remarks"], None),
        ("BSN 111222333", "remarks", ["remarks"], "bsn"),
        ("111222333", "remarks", ["remarks"], "bsn"),
        ("111222333", "reference", [], "bsn"),
        ("111222333", "reference", ["reference"], None),
        ("111222333", "reference", ["remarks"], "bsn"),
        ("BSN 111222333", "reference", ["reference"], "bsn"),
        ("2812345678", "reference", [], "v-number"),
        ("2812345678", "reference", ["reference"], None),
        ("V-nummer 2812345678", "reference", ["reference"], "v-number"),
    ],
)
def test_what_is_only_likely_can_be_confirmed_to_be_something_else(
    text: str, field: str, confirmed: list[str], code: str | None
) -> None:
    found = wrong(**{field: text, "confirmed": confirmed})
    assert found == ([(field, code)] if code else [])


def test_nothing_is_confirmed_about_an_empty_field() -> None:
    assert wrong(remarks=None, confirmed=["remarks"]) == [("confirmed", "not-confirmable")]


def test_a_municipality_or_four_digits_say_where() -> None:
    assert wrong(municipality=None, postcode4=None) == [("municipality", "municipality-missing")]
    assert wrong(municipality=None) == []
    assert wrong(postcode4=None) == []


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**10) | st.text(max_size=20) | st.sampled_from(["speaking", "other"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*referral(), "confirmed", "travel", "explicitConsent", "purpose"]), ANY))
def test_any_form_is_taken_or_says_in_two_languages_what_is_wrong(changed: dict[str, Any]) -> None:
    taken, found = checked(referral() | changed, today=TODAY, agreed=ANYTHING)
    assert (taken is None) == bool(found)
    for one in found:
        assert one.code in TEXTS
        assert one.dutch
        assert one.english


@given(ANY)
def test_a_form_may_hold_anything_at_all(sent: Any) -> None:
    taken, found = checked(sent if isinstance(sent, dict) else {"participant": sent}, today=TODAY, agreed=ANYTHING)
    assert taken is None
    assert found
