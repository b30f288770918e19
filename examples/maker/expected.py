"""What intake must make of each file: the manifest that tests compare with."""

from __future__ import annotations

from collections import Counter
from typing import Any

from examples.maker.files import File
from examples.maker.rows import Row

Person = tuple[str, str, object]
"""Given name, family name and birth date as they stand in a row."""


def manifest(files: tuple[File, ...]) -> dict[str, Any]:
    first_stood: dict[tuple[str, Person], int] = {}
    for file in files:
        for at, row in enumerate(file.rows):
            first_stood.setdefault((file.name, _person(row)), file.first_row + at)
    return {file.name: _of(file, first_stood) for file in files}


def _of(file: File, first_stood: dict[tuple[str, Person], int]) -> dict[str, Any]:
    numbered = [(file.first_row + at, row) for at, row in enumerate(file.rows) if not row.is_blank]
    taken_in = [row for _, row in numbered if not row.problems and not row.repeats]
    return {
        "rows": len(numbered),
        "takenIn": len(taken_in),
        "triage": sum(bool(row.triage) for row in taken_in),
        "repeated": sum(row.repeats for _, row in numbered),
        "refused": sum(bool(row.problems) for _, row in numbered),
        "problems": [{"row": n, "column": c, "code": code} for n, row in numbered for c, code in sorted(row.problems)],
        "triageRows": [{"row": n, "reasons": row.triage} for n, row in numbered if row.triage],
        "repeatedRows": [n for n, row in numbered if row.repeats],
        "samePersonAs": [
            {"row": n, "file": known, "otherRow": first_stood[known, _person(row)]}
            for n, row in numbered for again, known in file.linked if again is row
        ],
        "municipalities": dict(sorted(Counter(row.municipality or "unknown" for row in taken_in).items())),
        "goals": dict(sorted(Counter(goal for row in taken_in for goal in row.goals).items())),
    }  # fmt: skip


def _person(row: Row) -> Person:
    return row.values["Voornaam"], row.values["Achternaam"], row.values["Geboortedatum"]
