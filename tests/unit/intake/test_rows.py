"""A row is either a referral or has something wrong with it, and that is said without repeating what stood there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.domain import forbidden
from services.intake.domain.findings import TEXTS
from services.intake.domain.referral import Agreement, normalised
from services.intake.files.columns import BY_KEY, COLUMNS
from services.intake.files.rows import referral_of
from services.intake.schemas.referring import NewReferral

TODAY = date(2026, 11, 23)
GOOD = {
    "reference": "DOS-1", "given_name": "Zahra", "family_name": "Qadirovane", "birth_date": "17-05-1991",
    "phone": "0612345678", "email": "z@example.org", "postcode": "7411 AB", "municipality": "Deventer",
    "goal_1": "spreken oefenen", "goal_2": "Computer en DigiD", "spoken_level": "a1", "literacy": "alfa B",
    "digital_skill": "basis", "learner_track": "NT2", "availability": "ma-ochtend; di avond",
    "features": "kinderopvang", "civic_integration_duty": "ja", "target_group": "statushouder",
    "contact_language": "Dari", "interpreter": "ja", "household": "G1", "legal_basis": "toestemming",
    "informed_on": "01-10-2026", "remarks": "Komt met haar zus.", "case_worker": "Joris Velhuizen",
    "case_worker_phone": "06-00000002", "case_worker_email": "j.velhuizen@example.org",
}  # fmt: skip


def read(
    flaws: dict[str, str] | None = None, agreed: tuple[str, ...] | None = None, **changed: str | None
) -> tuple[dict[str, Any] | None, list[tuple[str | None, str]]]:
    cells = {key: text for key, text in (GOOD | changed).items() if text is not None}
    referral, wrong = referral_of(cells, flaws or {}, today=TODAY, agreed=Agreement(agreed))
    return referral and normalised(referral), [(one.header, one.finding.code) for one in wrong]


def test_a_good_row_is_what_the_api_takes() -> None:
    referral, wrong = read()
    assert wrong == []
    assert referral == {
        "participant": {"given_name": "Zahra", "family_name": "Qadirovane", "birth_date": date(1991, 5, 17),
                        "phone": "+31612345678", "email": "z@example.org", "contact_language": "Dari",
                        "interpreter_needed": True},
        "municipality": "GM0150", "postcode4": "7411", "needs": [{"goal": "speaking"}, {"goal": "computer-digid"}],
        "legal_basis": "consent", "informed": {"on": date(2026, 10, 1)}, "household_key": "G1", "spoken_level": "A1",
        "literacy": "alfa-b", "digital_skill": "basic", "learner_track": "nt2",
        "availability": ["mon-morning", "tue-evening"], "features": ["childcare"], "civic_integration_duty": "yes",
        "target_group": "status-holder", "reference": "DOS-1", "remarks": "Komt met haar zus.",
        "case_worker": {"name": "Joris Velhuizen", "phone": "+31600000002", "email": "j.velhuizen@example.org"},
    }  # fmt: skip
    schema = NewReferral()
    assert schema.validate(schema.dump(referral)) == {}


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"given_name": None}, ("Voornaam", "required")),
        ({"family_name": None}, ("Achternaam", "required")),
        ({"family_name": "0612345678"}, ("Achternaam", "name-unreadable")),
        ({"phone": None, "email": None}, ("Telefoon", "contact-missing")),
        ({"phone": "zie mail"}, ("Telefoon", "phone-unreadable")),
        ({"email": "geen"}, ("E-mail", "email-unreadable")),
        ({"case_worker_phone": "bel me"}, ("Verwijzer telefoon", "phone-unreadable")),
        ({"case_worker_email": "geen"}, ("Verwijzer e-mail", "email-unreadable")),
        ({"birth_date": "31-02-1990"}, ("Geboortedatum", "date-unreadable")),
        ({"birth_date": "01-01-2088"}, ("Geboortedatum", "birth-date-impossible")),
        ({"postcode": "Deventer"}, ("Postcode", "postcode-unreadable")),
        ({"municipality": "Hengello"}, ("Gemeente", "municipality-unknown")),
        ({"municipality": "Colmschate", "postcode": None}, ("Gemeente", "municipality-unknown")),
        ({"municipality": None, "postcode": None}, ("Gemeente", "municipality-missing")),
        ({"goal_1": None, "goal_2": None}, ("Leervraag 1", "required")),
        ({"goal_1": "rijbewijs halen", "goal_2": None}, ("Leervraag 1", "goal-unknown")),
        ({"goal_2": "zie mail"}, ("Leervraag 2", "goal-unknown")),
        ({"spoken_level": "redelijk"}, ("Spreekniveau", "choice-unknown")),
        ({"availability": "na school"}, ("Beschikbaarheid", "choice-unknown")),
        ({"interpreter": "misschien"}, ("Tolk nodig", "choice-unknown")),
        ({"legal_basis": "AVG"}, ("Grondslag", "choice-unknown")),
        ({"informed_on": "vorige week"}, ("Geïnformeerd op", "date-unreadable")),
        ({"informed_on": "01-01-2027"}, ("Geïnformeerd op", "date-in-future")),
        ({"case_worker": None}, ("Verwijzer", "required")),
        ({"remarks": "BSN 999990019"}, ("Opmerking", "bsn")),
        ({"reference": "2800000012"}, ("Referentie", "v-number")),
        ({"household": "999990019"}, ("Gezin", "bsn")),
        ({"municipality": "999990019"}, ("Gemeente", "bsn")),
        ({"remarks": "is zwanger"}, ("Opmerking", "health")),
        ({"remarks": "x" * 1001}, ("Opmerking", "too-long")),
        ({"family_name": "x" * 101}, ("Achternaam", "too-long")),
    ],
)
def test_what_is_wrong_is_said_once_at_its_column(changed: dict[str, str | None], wrong: tuple[str, str]) -> None:
    assert read(**changed) == (None, [wrong])


@pytest.mark.parametrize(
    "changed",
    [
        {"legal_basis": None},
        {"informed_on": None},
        {"municipality": None},
        {"birth_date": None},
        {"municipality": "GM0200"},
        {"municipality": "gemeente DEVENTER"},
        {"phone": "612345678"},
        {"phone": "111222333", "email": None},
        {"given_name": "-"},
        {"remarks": "Bel de zus: 0600008888"},
        {"goal_2": "spreken oefenen"},
    ],
)
def test_what_is_not_wrong_is_taken(changed: dict[str, str | None]) -> None:
    referral, wrong = read(**changed)
    assert wrong == []
    assert referral is not None


def test_of_a_cell_that_is_too_long_no_more_is_looked_at_than_may_stand_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell of a CSV file may have 131,072 characters, and nobody else is served while one is looked at."""
    looked_at: list[int] = []

    def found_in(text: str, **_: bool) -> list[str]:
        looked_at.append(len(text))
        return []

    monkeypatch.setattr(forbidden, "found_in", found_in)
    assert read(remarks="x" * 100_000, family_name="y" * 100_000)[1] == [
        ("Achternaam", "too-long"), ("Opmerking", "too-long")
    ]  # fmt: skip
    assert max(looked_at) == 1000


def test_who_has_one_name_is_known_by_it() -> None:
    for changed in ({"given_name": "-"}, {"given_name": "Qadirovane", "family_name": "-"}):
        referral, _ = read(**changed)
        assert referral is not None
        assert referral["participant"]["family_name"] == "Qadirovane"
        assert referral["participant"]["given_name"] is None


def test_a_dutch_infix_belongs_to_the_family_name() -> None:
    referral, _ = read(infix="van der")
    assert referral is not None
    assert referral["participant"]["family_name"] == "van der Qadirovane"


def test_a_partner_refers_from_where_it_was_agreed() -> None:
    assert read(agreed=("GM0193",)) == (None, [("Gemeente", "municipality-outside-agreement")])
    assert read(agreed=("GM0150",))[1] == []


def test_a_misspelt_municipality_is_answered_with_the_nearest() -> None:
    _, wrong = referral_of(GOOD | {"municipality": "Hengello"}, {}, today=TODAY, agreed=Agreement())
    assert "Hengelo" in wrong[0].finding.dutch
    assert "Hengello" not in wrong[0].finding.dutch


def test_a_cell_without_a_value_is_said_and_the_rest_is_still_looked_at() -> None:
    _, wrong = read({"phone": "formula-without-value", "": "too-many-cells"}, phone=None, birth_date="?")
    assert wrong == [
        (None, "too-many-cells"), ("Geboortedatum", "date-unreadable"), ("Telefoon", "formula-without-value"),
    ]  # fmt: skip


def test_every_message_is_there_in_both_languages_and_ends_as_a_sentence() -> None:
    for dutch, english in TEXTS.values():
        assert dutch.endswith((".", "?"))
        assert english.endswith((".", "?"))
        assert ("{hint}" in dutch) == ("{hint}" in english)


CELLS = st.dictionaries(
    st.sampled_from([column.key for column in COLUMNS]),
    st.text(max_size=60) | st.sampled_from(["ja", "-", "01-01-1990", "spreken oefenen", "0612345678", "GM0150", "A1"]),
)


@given(CELLS, st.booleans())
@settings(max_examples=500)
def test_any_row_is_taken_or_has_something_wrong(cells: dict[str, str], as_a_change: bool) -> None:
    cells = GOOD | cells if as_a_change else cells
    referral, wrong = referral_of(cells, {}, today=TODAY, agreed=Agreement())
    assert (referral is None) == bool(wrong)
    if referral is not None:
        schema = NewReferral()
        assert schema.validate(schema.dump(referral)) == {}
    for one in wrong:
        assert one.finding.code in TEXTS
        assert one.column is None or one.column in BY_KEY


@given(st.sampled_from(sorted(GOOD)), st.text(alphabet="qxzjk0123456789", min_size=8, max_size=60))
def test_no_message_repeats_what_stood_in_a_cell(column: str, text: str) -> None:
    _, wrong = referral_of(GOOD | {column: text}, {}, today=TODAY, agreed=Agreement())
    assert all(text not in one.finding.dutch + one.finding.english for one in wrong)
