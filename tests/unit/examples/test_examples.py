"""The committed example files are what their script writes, and hang together."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from contracts.municipalities import names
from examples.make_examples import make
from examples.maker.draw import Draw
from examples.maker.files import File, all_files
from examples.maker.mistakes import BSN_FOR_TESTS
from examples.maker.people import household, places

FOLDER = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    return make()


@pytest.fixture(scope="module")
def half_year() -> File:
    return all_files()[2]


def test_committed_files_are_what_the_script_writes(written: dict[str, bytes]) -> None:
    stale = [name for name, content in written.items() if (FOLDER / name).read_bytes() != content]
    assert stale == []


def test_manifest_adds_up(written: dict[str, bytes]) -> None:
    for name, of in json.loads(written["expected.json"]).items():
        assert of["rows"] == of["takenIn"] + of["repeated"] + of["refused"], name
        assert of["refused"] == len({problem["row"] for problem in of["problems"]}), name
        assert of["takenIn"] == sum(of["municipalities"].values()), name
        assert 0.04 <= (of["refused"] + of["triage"] + of["repeated"]) / of["rows"] <= 0.13, name


def test_rows_are_numbered_as_a_spreadsheet_shows_them(written: dict[str, bytes]) -> None:
    expected = json.loads(written["expected.json"])
    records = list(
        csv.reader(io.StringIO(written["gemeente-enschede.csv"].decode("cp1252"), newline=""), delimiter=";")
    )
    for problem in expected["gemeente-enschede.csv"]["problems"]:
        if problem["code"] == "bsn":
            assert BSN_FOR_TESTS in records[problem["row"] - 1][records[0].index("Opmerking")]
    sheet = load_workbook(io.BytesIO(written["vluchtelingenwerk-2026-10.xlsx"])).worksheets[0]
    wrong = {problem["code"]: problem["row"] for problem in expected["vluchtelingenwerk-2026-10.xlsx"]["problems"]}
    assert sheet.cell(wrong["date-unreadable"], 4).value == "31-02-1990"
    assert sheet.cell(wrong["contact-missing"], 5).value is None


def test_excel_holds_real_dates_and_phones_that_became_numbers(written: dict[str, bytes]) -> None:
    sheet = load_workbook(io.BytesIO(written["vluchtelingenwerk-2026-10.xlsx"])).worksheets[0]
    kinds = Counter(type(sheet.cell(row, 4).value) for row in range(4, 30))
    assert kinds[datetime] == 24
    assert any(isinstance(sheet.cell(row, 5).value, int) for row in range(4, 30))


def test_a_phone_that_looks_like_a_bsn_is_in_a_good_row(written: dict[str, bytes]) -> None:
    sheet = load_workbook(io.BytesIO(written["vluchtelingenwerk-2026-10.xlsx"])).worksheets[0]
    phone = str(sheet.cell(4, 5).value)
    assert sum(weight * int(digit) for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), phone, strict=True)) % 11 == 0
    expected = json.loads(written["expected.json"])["vluchtelingenwerk-2026-10.xlsx"]
    assert 4 not in {problem["row"] for problem in expected["problems"]}


def test_municipalities_get_their_share(half_year: File) -> None:
    assert set(places()) == set(names())
    rows = [row for row in half_year.rows if not row.is_blank]
    found = Counter(row.municipality for row in rows)
    inhabitants = sum(thousands for thousands, _ in places().values())
    for code, (thousands, _) in places().items():
        share = thousands / inhabitants * len(rows)
        assert abs(found[code] - share) <= 4 + 0.25 * share, code


def test_a_household_lives_in_one_place(half_year: File) -> None:
    homes: dict[str, set[str]] = {}
    for row in half_year.rows:
        if row.is_plain and (key := row.values["Gezin"]):
            homes.setdefault(key, set()).add(row.values["Postcode"])
    assert len(homes) > 100
    assert all(len(postcodes) == 1 for postcodes in homes.values())


def test_children_are_younger_than_their_parents_and_born_apart() -> None:
    draw = Draw(seed=1)
    homes = [household(draw, "GM0193", date(2026, 6, 1)) for _ in range(400)]
    with_children = [home for home in homes if home.people[0].child_ages]
    assert len(with_children) > 100
    for home in with_children:
        ages = home.people[0].child_ages
        parents = [person.age for person in home.people if person.age >= 18]
        assert min(parents) - max(ages) >= 19
        assert len(set(ages)) == len(ages)


def test_no_number_could_ring_and_no_address_could_arrive(half_year: File) -> None:
    for row in half_year.rows:
        phone = "".join(filter(str.isdigit, str(row.values["Telefoon"])))
        assert not phone or phone[-8:].startswith("0000"), row.values["Telefoon"]
        assert not row.values["E-mail"] or row.values["E-mail"].endswith("@example.org")
