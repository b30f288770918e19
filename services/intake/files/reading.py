"""From the bytes of a file, XLSX or CSV, to its rows as text per known column.

Rows are numbered as a spreadsheet shows them, from 1, empty ones and those above the column names included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from services.intake.files import delimited, packages, workbooks
from services.intake.files.cells import Flaw, text_of
from services.intake.files.columns import BY_KEY, HEADER_WITHIN, Layout, header_among, layout_of
from services.intake.files.unreadable import MOST_ROWS, Unreadable

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


_Table = tuple[Layout, list[Row]]


def read(raw: bytes, breathe: Breathe = lambda: None) -> Sheet:
    """The rows of a file; `breathe` is called every so often, for who must let others work in between.

    Raises Unreadable, which says why and what the sender can do.
    """
    if not raw.strip(b"\x00 \r\n\t"):
        raise Unreadable("empty")
    if packages.is_old_or_protected(raw):
        raise Unreadable("protected-or-old")
    if packages.is_document(raw):
        raise Unreadable("unknown-format")
    if packages.is_zip(raw):
        with workbooks.opened(raw, breathe) as (numbered, dates_1904):
            return _sheet("xlsx", *_table(numbered, breathe, dates_1904))
    return _sheet("csv", *_table(delimited.numbered_rows(raw), breathe))


def _sheet(form: str, layout: Layout, rows: list[Row]) -> Sheet:
    if not rows:
        raise Unreadable("no-rows")
    return Sheet(form, rows, layout.ignored)


def _table(numbered: Iterator[tuple[int, Sequence[Any]]], breathe: Breathe, dates_1904: bool = False) -> _Table:
    """Layout and rows of a sheet. Raises Unreadable."""
    layout = layout_of(header_among(cells for _, cells in islice(numbered, HEADER_WITHIN)))
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
