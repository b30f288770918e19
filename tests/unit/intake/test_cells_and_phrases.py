"""What people put in cells, and what they mean by it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import codes
from services.intake.domain import asked
from services.intake.files import phrases
from services.intake.files.cells import Flaw, day_of_serial, day_of_text, text_of
from services.intake.files.columns import COLUMNS, key_of, layout_of, looks_like_header
from services.intake.files.unreadable import Unreadable

HEADERS = [column.header for column in COLUMNS if column.key != "full_name"]


@pytest.mark.parametrize(
    ("cell", "form", "text"),
    [
        (None, "text", ""),
        ("  x ", "text", "  x "),
        (7411.0, "text", "7411"),
        (7411, "text", "7411"),
        (2.5, "text", "2.5"),
        (612345678.0, "phone", "0612345678"),
        (612345678, "phone", "0612345678"),
        (31612345678.0, "phone", "31612345678"),
        (112, "phone", "112"),
        (612345678, "text", "612345678"),
        (datetime(1990, 1, 31, 0, 0), "date", "31-01-1990"),  # noqa: DTZ001 (spreadsheets know no zone)
        (date(1990, 1, 31), "date", "31-01-1990"),
        (32904.0, "date", "31-01-1990"),
        (32904, "date", "31-01-1990"),
        (-5, "date", "-5"),
        (True, "text", "ja"),
        (False, "text", "nee"),
        (time(9, 30), "text", "09:30:00"),
        (timedelta(hours=1), "text", "1:00:00"),
        (float("nan"), "text", "nan"),
        (float("inf"), "date", "inf"),
        (Flaw.ERROR, "text", Flaw.ERROR),
    ],
)
def test_a_cell_becomes_the_text_that_was_meant(cell: Any, form: str, text: str) -> None:
    assert text_of(cell, form) == text


def test_workbooks_of_old_macintoshes_count_from_1904() -> None:
    assert text_of(32904 - 1462, "date", dates_1904=True) == "31-01-1990"


@pytest.mark.parametrize(
    "text",
    ["31-01-1990", "31-1-1990", "31/01/1990", "31.1.1990", "31 01 1990", "1990-01-31", "1990-01-31 00:00:00",
     "1990-01-31T00:00:00", "31 januari 1990", "31 jan. 1990", "31-jan-1990", "31 January 1990", "32904", "32904.0"],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(text: str) -> None:
    assert day_of_text(text) == date(1990, 1, 31)


@pytest.mark.parametrize(
    "text", ["31-02-1990", "00-00-0000", "ergens in 1985", "1985", "01-02-85", "13/13/1990", "", "1-1-1", "99999", "0"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert day_of_text(text) is None


@given(st.dates(min_value=date(1900, 3, 1), max_value=date(2099, 12, 31)))
def test_a_date_survives_whichever_way_a_spreadsheet_keeps_it(day: date) -> None:
    serial = (datetime(day.year, day.month, day.day, tzinfo=UTC) - datetime(1899, 12, 30, tzinfo=UTC)).days
    assert day_of_serial(serial) == day
    for cell in (serial, float(serial), day, datetime(day.year, day.month, day.day)):  # noqa: DTZ001
        assert day_of_text(str(text_of(cell, "date"))) == day


@given(st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert day_of_text(text) is None or isinstance(day_of_text(text), date)


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("ma-ochtend, di-avond", ["mon-morning", "tue-evening"]),
        ("ma ochtend; wo middag", ["mon-morning", "wed-afternoon"]),
        ("Maandagochtend en dinsdagavond", ["mon-morning", "tue-evening"]),
        ("zaterdag", ["sat-morning", "sat-afternoon", "sat-evening"]),
        ("za", ["sat-morning", "sat-afternoon", "sat-evening"]),
        ("'s avonds in het weekend", None),
        ("weekend ochtend", ["sat-morning", "sun-morning"]),
        ("avond", [f"{day}-evening" for day in codes.WEEKDAYS]),
        ("werkdagen avond", [f"{day}-evening" for day in codes.WEEKDAYS[:5]]),
        ("mon-morning", ["mon-morning"]),
        ("altijd", []),
        ("Flexibel", []),
        ("maakt niet uit", []),
        ("", []),
        ("na school", None),
        ("di ergens", None),
    ],
)
def test_availability_is_read_as_people_write_it(text: str, slots: list[str] | None) -> None:
    assert phrases.availability(text) == slots


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_is_availability_or_none(text: str) -> None:
    slots = phrases.availability(text)
    assert slots is None or set(slots) <= set(codes.AVAILABILITY_SLOTS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alleen vrouwen, kinderopvang", ["women-only", "childcare"]),
        ("Rolstoeltoegankelijk", ["step-free"]),
        ("kinderopvang en alleen vrouwen", ["women-only", "childcare"]),
        ("geen", []),
        ("parkeerplaats", None),
    ],
)
def test_features_are_read_as_people_write_them(text: str, found: list[str] | None) -> None:
    assert phrases.features(text) == found


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (phrases.GOALS, codes.GOALS),
        (phrases.SPOKEN_LEVELS, codes.SPOKEN_LEVELS),
        (phrases.LITERACY_LEVELS, codes.LITERACY_LEVELS),
        (phrases.DIGITAL_SKILLS, codes.DIGITAL_SKILLS),
        (phrases.LEARNER_TRACKS, codes.LEARNER_TRACKS),
        (phrases.DUTIES, codes.CIVIC_INTEGRATION_DUTIES),
        (phrases.TARGET_GROUPS, codes.TARGET_GROUPS),
        (phrases.LEGAL_BASES, codes.LEGAL_BASES),
        (phrases.FEATURES, asked.CONSTRAINTS),
        (phrases.CHANNELS, codes.ANSWER_CHANNELS),
        (phrases.RELATIONS, ("parent", "guardian", "spouse", "relative", "friend", "supporter", "other")),
        (phrases.MEASURED, codes.HOW_MEASURED),
        (phrases.TRAVEL_BY, asked.TRAVEL_BY),
        (phrases.CIVIC_ROUTES, asked.CIVIC_ROUTES),
        (phrases.PURPOSES, asked.PURPOSES),
        (phrases.HOW_INFORMED, ("oral", "written", "in-person", "call", "letter", "e-mail", "message-app", "website")),
    ],
)
def test_every_code_can_be_said_in_dutch_and_as_a_code(known: phrases.Phrases, expected: tuple[str, ...]) -> None:
    assert [known.code(choice) for choice in known.choices.split(", ")] == list(expected)
    assert [known.code(code.upper()) for code in expected] == list(expected)


@pytest.mark.parametrize(
    ("header", "key"),
    [("GEMEENTE", "municipality"), ("E-mail ", "email"), ("Leervraag1", "goal_1"), ("geinformeerd op", "informed_on"),
     ("Voornaam*", "given_name"), ("birth_date", "birth_date"), ("Schoenmaat", None), ("", None)],
)  # fmt: skip
def test_headers_are_recognised_however_they_are_typed(header: str, key: str | None) -> None:
    assert key_of(header) == key


def test_no_two_columns_share_a_name() -> None:
    names = [name for column in COLUMNS for name in {key_of(said) for said in (column.header, *column.also)}]
    assert sorted(names) == sorted(column.key for column in COLUMNS)


def test_a_title_is_no_header_and_unknown_columns_are_named_by_letter() -> None:
    assert not looks_like_header(["Aanmeldingen oktober", None, None])
    assert looks_like_header(HEADERS)
    layout = layout_of(["Schoenmaat", *HEADERS, None, *[""] * 3, "Nog iets"])
    assert layout.ignored == ("A", "BG")
    assert layout.places["reference"] == 1


def test_missing_and_double_columns_are_named() -> None:
    with pytest.raises(Unreadable) as missing:
        layout_of([header for header in HEADERS if header not in ("Leervraag 1", "Telefoon", "E-mail")])
    assert "Telefoon / E-mail, Leervraag 1" in missing.value.dutch
    with pytest.raises(Unreadable) as twice:
        layout_of([*HEADERS, "Phone"])
    assert twice.value.code == "columns-twice"
    assert "Telefoon" in twice.value.english
