"""From the bytes of a file to numbered rows of cells: XLSX, and CSV in the encodings and separators that occur.

Rows are numbered as a spreadsheet shows them, from 1, empty ones and those above the column names included.
"""

from __future__ import annotations

import codecs
import csv
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import openpyxl
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from services.intake.files import packages
from services.intake.files.cells import Flaw, text_of
from services.intake.files.columns import BY_KEY, Layout, layout_of, looks_like_header
from services.intake.files.unreadable import MOST_ROWS, Unreadable

HEADER_WITHIN: Final = 30
"""Rows from the top in which the column names must stand: below titles and notes."""
WIDEST: Final = 200
_LAST_ROW: Final = 1_048_576
_BREATHE_EVERY: Final = 100

Breathe = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One row with anything in it. `cells` is the text per column key; `flaws` are codes where a cell has no value."""

    number: int
    cells: dict[str, str]
    flaws: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as it was read."""

    format: str
    rows: list[Row]
    ignored_columns: tuple[str, ...]


def read(raw: bytes, breathe: Breathe = lambda: None) -> Sheet:
    """The rows of a file; `breathe` is called every so often, for who must let others work in between.

    Raises Unreadable, which says why and what the sender can do.
    """
    if not raw.strip(b"\x00 \r\n\t"):
        raise Unreadable("empty")
    if packages.is_old_or_protected(raw):
        raise Unreadable("protected-or-old")
    if packages.is_zip(raw):
        return _read_xlsx(raw, breathe)
    return _sheet("csv", *_table(_csv_rows(raw), breathe))


def _sheet(form: str, layout: Layout, rows: list[Row]) -> Sheet:
    if not rows:
        raise Unreadable("no-rows")
    return Sheet(form, rows, layout.ignored)


def _table(numbered: Iterator[tuple[int, Sequence[Any]]], breathe: Breathe, dates_1904: bool = False) -> Any:
    """Layout and rows of a sheet. Raises Unreadable."""
    header = next((cells for _, cells in islice(numbered, HEADER_WITHIN) if looks_like_header(cells)), None)
    if header is None:
        raise Unreadable("no-header")
    layout = layout_of(header)
    rows: list[Row] = []
    for number, cells in numbered:
        if number % _BREATHE_EVERY == 0:
            breathe()
        if number > _LAST_ROW:
            raise Unreadable("broken")
        row = _row(number, cells, layout, dates_1904) if cells else None
        if row is not None:
            rows.append(row)
        if len(rows) > MOST_ROWS:
            raise Unreadable("too-many-rows")
    return layout, rows


def _row(number: int, cells: Sequence[Any], layout: Layout, dates_1904: bool) -> Row | None:
    """The row, or None when nothing stands in a known column or beyond the last one."""
    found: dict[str, str] = {}
    flaws: dict[str, str] = {}
    for key, place in layout.places.items():
        text = text_of(cells[place] if place < len(cells) else None, BY_KEY[key].form, dates_1904=dates_1904)
        if isinstance(text, Flaw):
            flaws[key] = text.value
        elif text.strip():
            found[key] = text
    if any(cell not in (None, "") and str(cell).strip() for cell in cells[layout.width :]):
        flaws[""] = "too-many-cells"
    return Row(number, found, flaws) if found or flaws else None


def _csv_rows(raw: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    text = _decoded(raw)
    first, _, rest = text.partition("\n")
    if first.strip().casefold().startswith("sep=") and len(first.strip()) == 5:
        separator, text, start = first.strip()[4], rest, 2
    else:
        separator, start = _separator(text), 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        yield from enumerate(reader, start=start)
    except csv.Error as problem:
        raise Unreadable("quotes", str(reader.line_num + start - 1)) from problem


def _decoded(raw: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with one, otherwise Windows-1252. Raises Unreadable."""
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text and sum(c < " " and c not in "\r\n\t\f\x1a" for c in text[:2000]) == 0:
            return text.rstrip("\x1a")
    raise Unreadable("not-text" if b"\x00" not in raw[:2000] else "unknown-format")


def _separator(text: str) -> str:
    """The one that finds most column names in the first rows; a semicolon when none finds any."""
    top = text[:20_000].splitlines()[:HEADER_WITHIN]

    def names(separator: str) -> int:
        found = (next(csv.reader([line], delimiter=separator), []) for line in top)
        return max((len(cells) for cells in found if looks_like_header(cells)), default=0)

    return max(";,\t|", key=names)


def _read_xlsx(raw: bytes, breathe: Breathe) -> Sheet:
    has_formulas = packages.check(raw, breathe)
    # openpyxl warns about parts that it leaves aside, and raises whatever a malformed part leads it to.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _xlsx_sheet(raw, has_formulas, breathe)
        except Unreadable:
            raise
        except Exception as problem:
            raise Unreadable("broken") from problem


def _xlsx_sheet(raw: bytes, has_formulas: bool, breathe: Breathe) -> Sheet:
    workbook = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    formulas = None
    try:
        names = [sheet.title for sheet in workbook.worksheets if _has_header(sheet)]
        if len(names) > 1:
            raise Unreadable("several-sheets")
        if not names:
            raise Unreadable("no-header")
        if has_formulas:
            formulas = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)
        numbered = _xlsx_rows(workbook[names[0]], formulas[names[0]] if formulas else None)
        return _sheet("xlsx", *_table(numbered, breathe, workbook.epoch == CALENDAR_MAC_1904))
    finally:
        workbook.close()
        if formulas is not None:
            formulas.close()


def _has_header(sheet: Any) -> bool:
    sheet.reset_dimensions()
    return any(
        looks_like_header(cells) for cells in sheet.iter_rows(max_row=HEADER_WITHIN, max_col=WIDEST, values_only=True)
    )


def _xlsx_rows(values: Any, formulas: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """Rows with their cached values; a formula that has none is a flaw."""
    cached = values.iter_rows(max_col=WIDEST, values_only=True)
    if formulas is None:
        said: Iterator[Any] = (() for _ in iter(int, 1))
    else:
        formulas.reset_dimensions()
        said = formulas.iter_rows(max_col=WIDEST, values_only=True)
    for number, (row, written) in enumerate(zip(cached, said, strict=False), start=1):
        if row.count(None) == len(row) and written.count(None) == len(written):
            yield number, ()  # one cell at the foot of a sheet makes a million of these
            continue
        yield (
            number,
            [_cell(value, written[place] if place < len(written) else None) for place, value in enumerate(row)],
        )


def _cell(value: Any, written: Any) -> Any:
    if value is None and isinstance(written, str) and written.startswith("="):
        return Flaw.NO_RESULT
    if value is None and written is not None and not isinstance(written, str | int | float | bool):
        return Flaw.NO_RESULT if hasattr(written, "ref") else None
    return Flaw.ERROR if isinstance(value, str) and value in ERROR_CODES else value
