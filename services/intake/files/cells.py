"""From what a spreadsheet holds to the text that its sender meant."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any, Final

_FIRST_SERIAL, _LAST_SERIAL = 1, 73_050
"""Day numbers of a spreadsheet: from 1900 to 2099."""
_BEFORE_SERIALS: Final = datetime(1899, 12, 30, tzinfo=UTC)
DATES_1904: Final = 1462
"""Days that workbooks of old Macintoshes count from later."""
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("januari", "jan", "january"), ("februari", "feb", "february"), ("maart", "mrt", "march", "mar"),
            ("april", "apr"), ("mei", "may"), ("juni", "jun", "june"), ("juli", "jul", "july"),
            ("augustus", "aug", "august"), ("september", "sep", "sept"), ("oktober", "okt", "october", "oct"),
            ("november", "nov"), ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip


class Flaw(Enum):
    """A cell that holds no value; the codes are those of domain.findings."""

    NO_RESULT = "formula-without-value"
    ERROR = "excel-error"


def text_of(cell: Any, form: str, *, dates_1904: bool = False) -> str | Flaw:
    """The cell as text; dates as `dd-mm-yyyy`, whole numbers without a comma, a telephone number with its 0."""
    match cell:
        case None:
            return ""
        case Flaw():
            return cell
        case bool():
            return "ja" if cell else "nee"
        case datetime():
            return f"{cell:%d-%m-}{cell.year:04d}"
        case date():
            return f"{cell:%d-%m-}{cell.year:04d}"
        case time() | timedelta():
            return str(cell)
        case int() | float():
            return _number(cell, form, dates_1904)
        case _:
            return str(cell)


def _number(cell: float, form: str, dates_1904: bool) -> str:
    if cell != cell or abs(cell) == float("inf"):
        return str(cell)
    if form == "date":
        day = day_of_serial(cell + (DATES_1904 if dates_1904 else 0))
        return f"{day:%d-%m-}{day.year:04d}" if day else _whole(cell)
    text = _whole(cell)
    if form == "phone" and re.fullmatch(r"[1-9]\d{8}", text):
        return f"0{text}"
    return text


def _whole(cell: float) -> str:
    return str(int(cell)) if cell == int(cell) and abs(cell) < 1e15 else str(cell)


def day_of_serial(serial: float) -> date | None:
    """The date behind a spreadsheet's day number; None outside 1900–2099."""
    if not _FIRST_SERIAL <= serial <= _LAST_SERIAL:
        return None
    return (_BEFORE_SERIALS + timedelta(days=int(serial))).date()


def day_of_text(text: str) -> date | None:
    """A date as Dutch people write it: 31-1-1990, 31/01/1990, 31.01.1990, 1990-01-31, 31 januari 1990, or a day number.

    Years have four digits: 03-04-05 could be many days. None when it is no date.
    """
    text = re.sub(r"[ t]+\d{1,2}:\d{2}(:\d{2})?(\.\d+)?$", "", text.strip().casefold())
    if re.fullmatch(r"\d{5}(\.0+)?", text):
        return day_of_serial(float(text))
    if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text):
        year, month, day = (int(part) for part in found.groups())
    elif found := re.fullmatch(r"(\d{1,2})\s?[-/. ]\s?(\d{1,2})\s?[-/. ]\s?(\d{4})", text):
        day, month, year = (int(part) for part in found.groups())
    elif found := re.fullmatch(r"(\d{1,2})[- .]+([a-z]+)\.?[- .]+(\d{4})", text):
        day, month, year = int(found[1]), _MONTHS.get(found[2], 0), int(found[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
