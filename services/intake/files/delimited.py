"""CSV in the encodings and with the separators that occur."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from services.intake.files.columns import HEADER_WITHIN, HINTED_LEAST, looks_like_header, recognised
from services.intake.files.unreadable import Unreadable


def numbered_rows(raw: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    """Rows with their numbers, the line `sep=;` counted. Raises Unreadable."""
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

    def names(separator: str) -> tuple[bool, int]:
        found = (next(csv.reader([line], delimiter=separator), []) for line in top)
        hinted = (cells for cells in found if recognised(cells) >= HINTED_LEAST)
        return max(((looks_like_header(cells), len(cells)) for cells in hinted), default=(False, 0))

    return max(";,\t|", key=names)
