"""Whether an Excel file may be opened at all: bounded in size, and nothing in it that a spreadsheet does not need.

A workbook is a zip of XML. Before openpyxl (on Python's own expat; lxml is not installed) sees any of it, every part is
read once as a stream: sizes are bounded by what the zip declares, which zipfile enforces; a document type declaration,
the way to entity bombs and to files of this machine, is refused; the number of elements is bounded, because they become
objects in memory. Macros, passwords and other formats are refused by name.
"""

from __future__ import annotations

import codecs
import io
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, Final
from xml.parsers import expat

from services.intake.files.unreadable import Unreadable

MOST_PARTS: Final = 1_000
MOST_UNPACKED: Final = 64 * 1024 * 1024
MOST_ELEMENTS: Final = 1_500_000
DEEPEST: Final = 64
_CHUNK: Final = 64 * 1024
_DOCUMENTS: Final = (b"%pdf", b"<html", b"<!doctype", b"<?xml", b"{\\rtf")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_zip(raw: bytes) -> bool:
    """Whether it begins as a zip does."""
    return raw[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def is_old_or_protected(raw: bytes) -> bool:
    """A compound file: .xls, or a workbook with a password."""
    return raw.startswith(_OLE)


def is_document(raw: bytes) -> bool:
    """Whether it begins as a PDF, a web page or a letter does: what is text in those is no CSV."""
    return raw[:1000].removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(_DOCUMENTS)


def check(raw: bytes, breathe: Callable[[], None]) -> bool:
    """Whether the workbook holds formulas. Raises Unreadable for what we do not open."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            _check_names(package)
            seen = _Seen()
            for part in package.infolist():
                _check_part(package, part, seen, breathe)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as problem:
        raise Unreadable("broken") from problem
    except RuntimeError as problem:  # what zipfile says of an encrypted part
        raise Unreadable("protected-or-old") from problem
    return seen.formulas


def _check_names(package: zipfile.ZipFile) -> None:
    names = {part.filename.casefold() for part in package.infolist()}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Unreadable("macros")
    if "xl/workbook.bin" in names or "mimetype" in names:
        raise Unreadable("other-spreadsheet")
    if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Unreadable("unknown-format")
    unpacked = sum(part.file_size for part in package.infolist())
    if len(package.infolist()) > MOST_PARTS or unpacked > MOST_UNPACKED:
        raise Unreadable("too-large-inside")


class _Seen:
    """What was found so far, over all parts."""

    def __init__(self) -> None:
        self.elements = 0
        self.formulas = False
        self.depth = 0

    def parser(self) -> Any:
        """A parser of one part that counts, and refuses."""
        parser = expat.ParserCreate()
        self.depth = 0
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        return parser

    def _refuse(self, *_: Any) -> None:
        raise Unreadable("unsafe")

    def _start(self, name: str, _: Any) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > MOST_ELEMENTS or self.depth > DEEPEST:
            raise Unreadable("too-large-inside")
        if name == "f" or name.endswith(":f"):
            self.formulas = True

    def _end(self, _: str) -> None:
        self.depth -= 1


def _check_part(package: zipfile.ZipFile, part: zipfile.ZipInfo, seen: _Seen, breathe: Callable[[], None]) -> None:
    if part.flag_bits & 0x1:
        raise Unreadable("protected-or-old")
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable("unsafe")
    parser = seen.parser()
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            breathe()
            try:
                parser.Parse(chunk, False)
            except expat.ExpatError:
                # Not XML, or not well-formed: whoever reads it later stops here too.
                return
