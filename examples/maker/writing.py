"""Each file in the dialect of its maker, the same bytes on every machine and every day."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, cast

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from examples.maker.rows import COLUMNS, Row

FIXED_MOMENT = datetime(2026, 11, 2, 9, 30)  # noqa: DTZ001 - spreadsheets know no zones
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_WIDTHS = {"Geboortedatum": 15, "E-mail": 34, "Beschikbaarheid": 38, "Opmerking": 40, "Verwijzer e-mail": 30}
LEFT_OUT_BY_CASE_WORKER = frozenset({"Leervraag 3", "Digitale vaardigheid", "NT1/NT2", "Contacttaal"})


def excel_of_a_case_worker(rows: Sequence[Row]) -> bytes:
    """XLSX as people make it: a title above, real dates, phone numbers that became numbers, an explanation behind."""
    book = Workbook()
    sheet = cast(Worksheet, book.active)
    sheet.title = "Aanmeldingen oktober"
    sheet["A1"] = "Aanmeldingen oktober 2026 – VluchtelingenWerk, locatie Deventer"
    sheet["A1"].font = Font(bold=True, size=14)
    columns = [name for name in COLUMNS if name not in LEFT_OUT_BY_CASE_WORKER]
    for index, name in enumerate(columns, start=1):
        cell = sheet.cell(row=3, column=index, value=name)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDEBF7")
        cell.alignment = Alignment(wrap_text=True)
        sheet.column_dimensions[cell.column_letter].width = _WIDTHS.get(name, 16)
    for at, row in enumerate(rows, start=4):
        for index, name in enumerate(columns, start=1):
            as_number = name == "Postcode" or (name == "Telefoon" and at % 3 == 1)
            _put(sheet, at, index, row.values[name], as_number=as_number)
    sheet.freeze_panes = "A4"
    notes = book.create_sheet("Toelichting")
    notes["A1"] = "Eén regel per deelnemer. Vragen? Mail de coördinator van het Taalhuis."
    book.properties.creator = "Voorbeeld"
    book.properties.created = FIXED_MOMENT
    written = io.BytesIO()
    book.save(written)
    return _reproducible(written.getvalue())


def _put(sheet: Worksheet, row: int, column: int, value: Any, *, as_number: bool) -> None:
    if value in ("", None):
        return
    if as_number and isinstance(value, str) and value.replace("-", "").isdigit():
        value = int(value.replace("-", ""))  # Excel drops the 0 before the 6
    cell = sheet.cell(row=row, column=column, value=value)
    if isinstance(value, date):
        cell.number_format = "dd-mm-yyyy"


def _reproducible(archive: bytes) -> bytes:
    """The same archive with fixed times and without compression, whose bytes differ between zlib versions."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + FIXED_MOMENT.isoformat().encode() + b"Z", content)
            target.writestr(zipfile.ZipInfo(name, FIXED_MOMENT.timetuple()[:6]), content)
    return out.getvalue()


def csv_of_a_dutch_excel(rows: Sequence[Row]) -> bytes:
    """Semicolons, Windows-1252, CRLF; headings typed by hand."""
    typed = {"Gemeente": "GEMEENTE", "E-mail": "E-mail ", "Leervraag 1": "Leervraag1", "Geboortedatum": "geboortedatum"}
    lines = [[typed.get(name, name) for name in COLUMNS], *_texts(rows)]
    return _csv(lines, delimiter=";", ending="\r\n").encode("cp1252")


def csv_of_a_case_system(rows: Sequence[Row]) -> bytes:
    """Commas, UTF-8 with a byte order mark, LF."""
    return _csv([list(COLUMNS), *_texts(rows)], delimiter=",", ending="\n").encode("utf-8-sig")


def _texts(rows: Iterable[Row]) -> Iterable[list[str]]:
    for row in rows:
        yield [f"{value:%d-%m-%Y}" if isinstance(value, date) else str(value) for value in row.values.values()]


def _csv(lines: Iterable[Sequence[str]], *, delimiter: str, ending: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=ending).writerows(lines)
    return out.getvalue()
