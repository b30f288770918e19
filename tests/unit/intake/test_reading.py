"""Files as they really come: encodings, separators, Excel's habits, and files made to do harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font
from openpyxl.workbook.protection import WorkbookProtection

from services.intake.files import packages
from services.intake.files.reading import Row, read
from services.intake.files.unreadable import MOST_ROWS, Unreadable

HEADER = ["Voornaam", "Achternaam", "Telefoon", "Gemeente", "Leervraag 1", "Verwijzer", "Geboortedatum"]
KEYS = ["given_name", "family_name", "phone", "municipality", "goal_1", "case_worker", "birth_date"]
PERSON = ["Zoë", "Qadirovane", "0612345678", "Deventer", "spreken oefenen", "Joris", "17-05-1991"]
CELLS = dict(zip(KEYS, PERSON, strict=True))


def csv(*rows: list[str], separator: str = ";", encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    return "".join(separator.join(row) + end for row in rows).encode(encoding)


def xlsx(*rows: list[Any], change: Callable[[Any], None] = lambda book: None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def repacked(raw: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The same workbook with other parts."""
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    change(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def refused(raw: bytes) -> str:
    with pytest.raises(Unreadable) as problem:
        read(raw)
    return problem.value.code


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_csv_is_read_in_every_encoding_and_with_every_separator(separator: str, encoding: str, end: str) -> None:
    sheet = read(csv(HEADER, PERSON, separator=separator, encoding=encoding, end=end))
    assert sheet.format == "csv"
    assert sheet.rows == [Row(2, CELLS, {})]


def test_excels_own_hint_of_the_separator_is_followed_and_counted() -> None:
    assert read(b"sep=;\r\n" + csv(HEADER, PERSON)).rows == [Row(3, CELLS, {})]


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    rows = [["Aanmeldingen oktober"], [], HEADER, [""] * 7, PERSON, ['"Zus\r\nvan"', *PERSON[1:]], [], PERSON, [";;;"]]
    assert [row.number for row in read(csv(*rows)).rows] == [5, 6, 8]


def test_a_value_too_many_is_said_of_its_row() -> None:
    assert read(csv(HEADER, [*PERSON, "", "over"])).rows[0].flaws == {"": "too-many-cells"}
    assert read(csv(HEADER, [*PERSON, "", " "])).rows[0].flaws == {}
    assert read(csv(HEADER, PERSON[:5])).rows[0].cells == dict(zip(KEYS[:5], PERSON[:5], strict=True))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty"),
        (b"\r\n  \r\n", "empty"),
        (b"zomaar een tekst", "no-header"),
        (csv(HEADER), "no-rows"),
        (csv(HEADER, [""] * 7), "no-rows"),
        (csv(HEADER[:4], PERSON[:4]), "columns-missing"),
        (csv([*HEADER, "telefoonnummer"], PERSON), "columns-twice"),
        (csv(HEADER, ['"Zoë', *PERSON[1:]]), "quotes"),
        (csv(HEADER) + b"\x81\x8d;x\r\n", "not-text"),
        (b"\x00\x01\x02" * 50, "unknown-format"),
        (b"%PDF-1.7\n\x00binary", "unknown-format"),
        (b"%PDF-1.4\n1 0 obj << /Type /Catalog >>", "unknown-format"),
        (b"\xef\xbb\xbf\r\n<HTML><table><tr><td>Naam</td></tr></table>", "unknown-format"),
        (b"<!DOCTYPE html><table><tr><td>Naam</td></tr></table>", "unknown-format"),
        (b"\xff\xfea", "not-text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "protected-or-old"),
        (b"PK\x03\x04broken", "broken"),
        (csv(HEADER, *[PERSON] * (MOST_ROWS + 1)), "too-many-rows"),
        (csv(HEADER, [PERSON[0], "x" * 200_000, *PERSON[2:]]), "quotes"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(raw: bytes, code: str) -> None:
    assert refused(raw) == code


@pytest.mark.parametrize("raw", [csv(HEADER[:3], PERSON[:3], separator=","), xlsx(["Lijst"], HEADER[:3], PERSON[:3])])
def test_some_column_names_are_enough_to_say_which_are_missing(raw: bytes) -> None:
    with pytest.raises(Unreadable) as problem:
        read(raw)
    assert problem.value.dutch == "Deze kolommen ontbreken: Postcode / Gemeente, Leervraag 1, Verwijzer."
    assert problem.value.english == "These columns are missing: Postcode / Gemeente, Leervraag 1, Verwijzer."


def test_the_most_rows_are_taken() -> None:
    assert len(read(csv(HEADER, *[PERSON] * MOST_ROWS)).rows) == MOST_ROWS


def test_whoever_must_let_others_work_is_called_every_so_often() -> None:
    breaths: list[None] = []
    read(csv(HEADER, *[PERSON] * 1000), lambda: breaths.append(None))
    assert len(breaths) >= 10


def test_a_workbook_with_excels_habits() -> None:
    """A title above, real dates, numbers that were text, an empty column, formats further down, a hidden column."""

    def change(book: Any) -> None:
        book.active.merge_cells("A1:G1")
        book.active.column_dimensions["C"].hidden = True
        for number in range(20, 400):
            book.active.cell(number, 1).font = Font(bold=True)
        book.create_sheet("Toelichting")["A1"] = "Niet invullen"

    header = ["Referentie", *HEADER, None, "Postcode"]
    person = [4471.0, "Zoë ", " Qadirovane", 612345678.0, "Deventer", "spreken oefenen", "Joris",
              datetime(1991, 5, 17), None, 7411]  # fmt: skip  # noqa: DTZ001
    sheet = read(xlsx(["Aanmeldingen oktober"], header, [], person, [None] * 9, change=change))
    assert sheet.format == "xlsx"
    assert sheet.rows == [
        Row(
            4, CELLS | {"reference": "4471", "given_name": "Zoë ", "family_name": " Qadirovane", "postcode": "7411"}, {}
        )
    ]


def test_a_date_that_lost_its_format_is_a_date_still() -> None:
    assert read(xlsx(HEADER, [*PERSON[:6], 33375])).rows[0].cells["birth_date"] == "17-05-1991"


def test_a_formula_is_its_result_and_one_without_is_said() -> None:
    def with_result(parts: dict[str, bytes]) -> None:
        sheet = parts["xl/worksheets/sheet1.xml"]
        parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"<f>B9</f><v></v>", b"<f>B9</f><v>33375</v>").replace(
            b"<f>B9</f><v />", b"<f>B9</f><v>33375</v>"
        )

    raw = xlsx(HEADER, [*PERSON[:6], "=B9"])
    assert read(raw).rows[0].flaws == {"birth_date": "formula-without-value"}
    assert read(repacked(raw, with_result)).rows[0].cells["birth_date"] == "17-05-1991"


def test_an_error_of_excel_is_said() -> None:
    assert read(xlsx(HEADER, [*PERSON[:6], "#N/A"])).rows[0].flaws == {"birth_date": "excel-error"}


def test_a_wrong_dimension_is_not_believed() -> None:
    def change(parts: dict[str, bytes]) -> None:
        sheet = parts["xl/worksheets/sheet1.xml"]
        assert b'<dimension ref="A1:G2"' in sheet
        parts["xl/worksheets/sheet1.xml"] = sheet.replace(b'ref="A1:G2"', b'ref="A1"')

    assert read(repacked(xlsx(HEADER, PERSON), change)).rows == [Row(2, CELLS, {})]


def test_referrals_on_two_sheets_are_refused_rather_than_lost() -> None:
    def change(book: Any) -> None:
        book.create_sheet("Nog meer").append(HEADER)

    assert refused(xlsx(HEADER, PERSON, change=change)) == "several-sheets"


def test_referrals_may_stand_on_the_second_sheet() -> None:
    def change(book: Any) -> None:
        second = book.create_sheet("Aanmeldingen")
        second.append(HEADER)
        second.append(PERSON)

    assert read(xlsx(["Voorblad"], change=change)).rows == [Row(2, CELLS, {})]


def test_a_workbook_whose_structure_is_locked_can_be_read() -> None:
    def change(book: Any) -> None:
        book.security = WorkbookProtection(workbookPassword="0000", lockStructure=True)

    assert read(xlsx(HEADER, PERSON, change=change)).rows == [Row(2, CELLS, {})]


def test_macros_are_refused() -> None:
    raw = repacked(xlsx(HEADER, PERSON), lambda parts: parts.update({"xl/vbaProject.bin": b"x"}))
    assert refused(raw) == "macros"


@pytest.mark.parametrize("name", ["xl/workbook.bin", "mimetype"])
def test_other_spreadsheets_are_refused(name: str) -> None:
    assert refused(repacked(xlsx(HEADER, PERSON), lambda parts: parts.update({name: b"x"}))) == "other-spreadsheet"


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("letter.txt", "Beste bibliotheek")
    assert refused(out.getvalue()) == "unknown-format"


DOCTYPES = {
    "internal": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    "external": '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    "empty": "<!DOCTYPE x>",
}


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("doctype", DOCTYPES.values(), ids=DOCTYPES.keys())
def test_a_document_type_is_refused_in_every_part_and_encoding(part: str, encoding: str, doctype: str) -> None:
    def change(parts: dict[str, bytes]) -> None:
        root = parts[part].decode().removeprefix("<?xml version='1.0' encoding='UTF-8' standalone='yes'?>").lstrip()
        parts[part] = f'<?xml version="1.0" encoding="{encoding}"?>\n{doctype}\n{root}'.encode(encoding)

    raw = xlsx(HEADER, PERSON)
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        assert not package.read(part).decode().startswith("<?xml")
    assert refused(repacked(raw, change)) == "unsafe"


def test_a_part_by_another_name_is_looked_at_too() -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts["xl/pretty.png"] = DOCTYPES["internal"].encode() + b"<x/>"

    assert refused(repacked(xlsx(HEADER, PERSON), change)) == "unsafe"


def test_a_zip_bomb_is_refused_by_what_it_declares() -> None:
    def change(parts: dict[str, bytes]) -> None:
        parts["xl/media/big.bin"] = b"\x00" * (packages.MOST_UNPACKED + 1)

    raw = repacked(xlsx(HEADER, PERSON), change)
    assert len(raw) < 200_000
    assert refused(raw) == "too-large-inside"


def test_a_zip_that_lies_about_its_size_is_broken() -> None:
    raw = repacked(xlsx(HEADER, PERSON), lambda parts: parts.update({"xl/big.xml": b"<x>" + b" " * 500_000 + b"</x>"}))
    declared = (500_007).to_bytes(4, "little")
    assert refused(raw.replace(declared, (10).to_bytes(4, "little"))) == "broken"


@pytest.mark.parametrize(
    "content",
    [b"<x>" + b"<y/>" * (packages.MOST_ELEMENTS + 1) + b"</x>", b"<x>" * 500 + b"</x>" * 500],
    ids=["many", "deep"],
)
def test_more_elements_than_a_file_of_referrals_needs_are_refused(content: bytes) -> None:
    raw = repacked(xlsx(HEADER, PERSON), lambda parts: parts.update({"xl/sharedStrings.xml": content}))
    assert refused(raw) == "too-large-inside"


def test_more_parts_than_a_workbook_has_are_refused() -> None:
    extra = {f"xl/p{number}.xml": b"<x/>" for number in range(packages.MOST_PARTS)}
    assert refused(repacked(xlsx(HEADER, PERSON), lambda parts: parts.update(extra))) == "too-large-inside"


def test_a_row_at_the_end_of_the_world_is_broken_and_one_at_the_end_of_the_sheet_is_read() -> None:
    def moved(row: str) -> bytes:
        def change(parts: dict[str, bytes]) -> None:
            sheet = parts["xl/worksheets/sheet1.xml"].replace(b'<row r="2">', f'<row r="{row}">'.encode())
            for letter in "ABCDEFG":
                sheet = sheet.replace(f'r="{letter}2"'.encode(), f'r="{letter}{row}"'.encode())
            parts["xl/worksheets/sheet1.xml"] = sheet

        return repacked(xlsx(HEADER, PERSON), change)

    assert [row.number for row in read(moved("1048576")).rows] == [1048576]
    assert refused(moved("99999999999")) == "broken"


GOOD = xlsx(HEADER, PERSON)


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_damaged_workbook_is_read_or_refused(damage: list[tuple[int, int]]) -> None:
    raw = bytearray(GOOD)
    for place, byte in damage:
        raw[place] = byte
    assert came_to_a_good_end(bytes(raw))


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for whole in (raw, csv(HEADER, PERSON) + raw, csv(HEADER, PERSON, encoding="cp1252") + raw):
        assert came_to_a_good_end(whole)


def came_to_a_good_end(raw: bytes) -> bool:
    """Rows, or a refusal that says something; anything else is raised."""
    try:
        return bool(read(raw).rows)
    except Unreadable as problem:
        return bool(problem.dutch and problem.english)
