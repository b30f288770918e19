"""Excel workbooks: the one sheet that holds referrals, with the values that were saved in it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import openpyxl
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from services.intake.files import packages
from services.intake.files.cells import Flaw
from services.intake.files.columns import HEADER_WITHIN, header_among, looks_like_header
from services.intake.files.unreadable import Unreadable

WIDEST: Final = 200

Numbered = Iterator[tuple[int, Sequence[Any]]]


@contextmanager
def opened(raw: bytes, breathe: Callable[[], None]) -> Iterator[tuple[Numbered, bool]]:
    """The numbered rows, and whether dates count from 1904. Raises Unreadable, also while they are read."""
    has_formulas = packages.check(raw, breathe)
    # openpyxl warns about parts that it leaves aside, and raises whatever a malformed part leads it to.
    with warnings.catch_warnings(), ExitStack() as books:
        warnings.simplefilter("ignore")
        try:
            values = _book(raw, books, cached=True)
            name = _sheet_of_referrals(values)
            formulas = _book(raw, books, cached=False)[name] if has_formulas else None
            yield _numbered(values[name], formulas), values.epoch == CALENDAR_MAC_1904
        except Unreadable:
            raise
        except Exception as problem:
            raise Unreadable("broken") from problem


def _book(raw: bytes, books: ExitStack, *, cached: bool) -> Any:
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=cached, keep_links=False)
    books.callback(book.close)
    return book


def _sheet_of_referrals(book: Any) -> str:
    names: list[str] = [sheet.title for sheet in book.worksheets if _has_header(sheet)]
    if len(names) > 1:
        raise Unreadable("several-sheets")
    if not names:
        header_among(cells for sheet in book.worksheets for cells in _top(sheet))  # refuses, and says why
    return names[0]


def _has_header(sheet: Any) -> bool:
    sheet.reset_dimensions()
    return any(looks_like_header(cells) for cells in _top(sheet))


def _top(sheet: Any) -> Iterator[Sequence[Any]]:
    yield from sheet.iter_rows(max_row=HEADER_WITHIN, max_col=WIDEST, values_only=True)


def _numbered(values: Any, formulas: Any) -> Numbered:
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
