"""BSN, V-number and health are found where they stand, and telephone numbers and dates are not taken for them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.forbidden import found_in, has_citizen_number, passes_eleven_test

# 111222333, 123456782 and 999990019 pass the 11-test; the last is from the series kept for tests.


@pytest.mark.parametrize(
    "text",
    [
        "111222333",
        "BSN 999990019, graag even bellen",
        "bsn: 123456782",
        "nummer 123.456.782 staat erbij",
        "1234.56.782",
        "123 456 782",
        "(123456782)",
        "BSN is 12345",
        "burgerservicenummer 1234",
        "sofinr. 87654321",
        "111/222/333",
        "111_222_333",
        "1 1 1 2 2 2 3 3 3",
        "B.S.N. 1112 22 333",
        "BSN-nummer is: 1.1.1.2",
        "citizen service number 123456789",
    ],
)
def test_a_citizen_service_number_is_found(text: str) -> None:
    assert found_in(text) == ["bsn"]


@pytest.mark.parametrize(
    "text",
    [
        "123456789",
        "000000000",
        "0612345678",
        "06-12345678 of 06-87654321",
        "+31612345678",
        "0031612345678",
        "31-01-1990",
        "1990-01-31 00:00:00",
        "OV26-00001",
        "NL91ABNA0417164300",
        "dossier A111222333",
        "1112223334445",
        "12-34-56-78-2",
        "BSN niet bekend",
    ],
)
def test_what_looks_a_little_like_one_is_let_through(text: str) -> None:
    assert found_in(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "2812345678",
        "V-nummer 281.234.5678",
        "V2812345678",
        "v 2812345678",
        "v-nr: 28123",
        "(2812345678)",
        "vreemdelingennummer 281 234 5678",
        "IND-nummer 1234",
        "2 8 1 2 3 4 5 6 7 8",
    ],
)
def test_a_foreigner_number_is_found(text: str) -> None:
    assert found_in(text) == ["v-number"]


@pytest.mark.parametrize(
    "text",
    [
        "heeft PTSS",
        "is zwanger",
        "getraumatiseerd",
        "loopt bij de psycholoog",
        "gebruikt medicatie",
        "zit in een rolstoel",
        "slechthorend",
        "is ziek",
        "Depressieve klachten",
        "has a disability",
        "kreeg een beroerte",
        "is arbeidsongeschikt",
        "loopt met een rollator",
        "is allergisch voor noten",
        "Suïcidaal geweest",
    ],
)
def test_health_is_found_in_free_text_alone(text: str) -> None:
    assert found_in(text, free_text=True) == ["health"]
    assert found_in(text) == []


@pytest.mark.parametrize("text", ["is moslim", "Zij is lesbisch", "heeft een strafblad", "bekeerd tot christen"])
def test_belief_orientation_and_a_record_are_found_in_free_text_alone(text: str) -> None:
    assert found_in(text, free_text=True) == ["sensitive"]
    assert found_in(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Wil met de huisarts kunnen praten.",
        "Werkt in een ziekenhuis",
        "Belt het liefst na 16 uur.",
        "Heeft een fiets.",
        "Wil geen muziekles",
        "Was al eens in de bibliotheek.",
        "Bij het COA-kantoor, kamer 12.",
        "Heeft een kind in groep 3 en 7.",
        "Zoekt het homogene team op.",
    ],
)
def test_ordinary_remarks_are_let_through(text: str) -> None:
    assert found_in(text, free_text=True) == []


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    assert set(found_in(text, free_text=True)) <= {"bsn", "v-number", "health", "sensitive"}


@given(st.integers(min_value=10_000_000, max_value=99_999_999))
def test_one_in_eleven_numbers_passes_and_those_are_found(start: int) -> None:
    """Of ten numbers that differ in the last digit, one passes or, where it would have to be 10, none."""
    passing = [text for last in range(10) if passes_eleven_test(text := f"{start}{last}")]
    assert len(passing) <= 1
    assert all(has_citizen_number(f"zie {text}.") for text in passing)


@pytest.mark.parametrize("word", ["bsn-", "vnr-", "a-nummer-", "bsn nr is ", "1 ", "1."])
def test_looking_takes_no_longer_for_what_almost_is_one(word: str) -> None:
    """The process looks at nothing else meanwhile. A second look at each character took half a minute for this."""
    began = time.perf_counter()
    found_in(word * (20_000 // len(word)), free_text=True)
    assert time.perf_counter() - began < 5
