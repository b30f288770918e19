"""Ages, names, telephone numbers and e-mail addresses as rules see them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import AGE_BANDS
from services.intake.domain.people import (
    age_band,
    age_on,
    email_address,
    identity,
    phone_number,
    possible_birth_date,
    possible_name,
)

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (None, "unknown"),
        (date(2026, 11, 23), "0-15"),
        (date(2010, 11, 24), "0-15"),
        (date(2010, 11, 23), "16-17"),
        (date(2008, 11, 24), "16-17"),
        (date(2008, 11, 23), "18-27"),
        (date(1998, 11, 24), "18-27"),
        (date(1998, 11, 23), "28-45"),
        (date(1980, 11, 23), "46-66"),
        (date(1959, 11, 24), "46-66"),
        (date(1959, 11, 23), "67-plus"),
    ],
)
def test_an_age_band_changes_on_the_birthday(born: date | None, band: str) -> None:
    assert age_band(born, TODAY) == band


def test_a_leap_day_has_its_birthday_on_the_first_of_march() -> None:
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


@given(st.dates(min_value=date(1906, 11, 24), max_value=TODAY))
def test_every_possible_birth_date_has_a_band(born: date) -> None:
    assert possible_birth_date(born, TODAY)
    assert age_band(born, TODAY) in AGE_BANDS


@pytest.mark.parametrize("born", [date(2026, 11, 24), date(1905, 11, 22), date(1872, 1, 1), date(2088, 1, 1)])
def test_nobody_is_born_tomorrow_or_lives_for_ever(born: date) -> None:
    assert not possible_birth_date(born, TODAY)


@pytest.mark.parametrize(
    ("given_name", "family_name"),
    [("Zahra", "Al-Qadiri"), ("ZAHRA", "al qadiri"), ("zähra", " Al  Qadiri "), ("Al-Qadiri", "Zahra")],
)
def test_one_person_is_recognised_however_the_name_is_written(given_name: str, family_name: str) -> None:
    born = date(1991, 5, 17)
    assert identity(given_name, family_name, born) == identity("Zahra", "Al-Qadiri", born)


def test_another_birth_date_is_another_person_and_no_birth_date_is_nobody() -> None:
    assert identity("Zahra", "Qadiri", date(1991, 5, 17)) != identity("Zahra", "Qadiri", date(1991, 5, 18))
    assert identity("Zahra", "Qadiri", None) is None


def test_names_in_other_scripts_stay_apart() -> None:
    born = date(1991, 5, 17)
    assert identity("زهرا", "قادری", born) != identity("مریم", "احمدی", born)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0612345678", "+31612345678"),
        ("06-12345678", "+31612345678"),
        ("06 12 34 56 78", "+31612345678"),
        ("612345678", "+31612345678"),
        ("+31 6 12345678", "+31612345678"),
        ("+31 (0)6 12345678", "+31612345678"),
        ("0031612345678", "+31612345678"),
        ("(0570) 123456", "+31570123456"),
        ("+49 170 1234567", "+491701234567"),
        ("00 380 50 123 45 67", "+380501234567"),
        ("zie mail", None),
        ("06", None),
        ("", None),
        ("061234567", None),
        ("06123456789", None),
        ("+31 012345678", None),
        ("06١٢٣٤٥٦٧٨", None),
    ],
)
def test_telephone_numbers_are_understood_as_people_write_them(text: str, number: str | None) -> None:
    assert phone_number(text) == number


@given(st.text())
def test_any_text_is_a_number_or_none(text: str) -> None:
    number = phone_number(text)
    assert number is None or (number[0] == "+" and phone_number(number) == number)


@pytest.mark.parametrize("text", ["naam@voorbeeld.nl", " Naam.Achternaam+taal@sub.voorbeeld.org "])
def test_an_address_is_taken(text: str) -> None:
    assert email_address(text) == text.strip()


@pytest.mark.parametrize("text", ["naam", "naam@", "@voorbeeld.nl", "naam@voorbeeld", "a@b.nl; c@d.nl", "a b@c.nl", ""])
def test_what_is_no_address_is_not(text: str) -> None:
    assert email_address(text) is None


@pytest.mark.parametrize(
    ("name", "possible"),
    [("Jan 2", True), ("'t Hof", True), ("زهرا", True), ("0612345678", False), ("Jan 0612345678", False), ("-", False)],
)
def test_a_name_has_letters_and_hardly_digits(name: str, possible: bool) -> None:
    assert possible_name(name) is possible
