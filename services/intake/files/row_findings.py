"""What is found wrong in a row while it is read, column by column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.intake.domain.findings import Finding
from services.intake.domain.referral import tidy
from services.intake.files.columns import BY_KEY


@dataclass(frozen=True, slots=True)
class RowFinding:
    """What is wrong in a column (None: with the row as a whole)."""

    column: str | None
    finding: Finding

    @property
    def header(self) -> str | None:
        return BY_KEY[self.column].header if self.column else None


class RowReading:
    """One row on its way: the texts of its cells and what was found wrong so far."""

    def __init__(self, cells: dict[str, str], flaws: dict[str, str]) -> None:
        self.cells = {key: tidied for key, text in cells.items() if (tidied := tidy(text))}
        self.wrong: list[RowFinding] = []
        for key, code in flaws.items():
            self.find(key or None, code)

    def find(self, column: str | None, code: str, hint: str | tuple[str, str] = "") -> None:
        """Note something once."""
        if not any(one.column == column and one.finding.code == code for one in self.wrong):
            self.wrong.append(RowFinding(column, Finding(column or "", code, hint)))

    def is_wrong(self, column: str) -> bool:
        """Whether something was found in this column already: one message at a time is enough."""
        return any(one.column == column for one in self.wrong)

    def parsed(self, column: str, parse: Callable[[str], Any], code: str, hint: str = "") -> Any:
        """The value in a column, or None when it is empty or cannot be read, which is then noted."""
        text = self.cells.get(column)
        if text is None:
            return None
        value = parse(text)
        if value is None and not self.is_wrong(column):
            self.find(column, code, hint)
        return value
