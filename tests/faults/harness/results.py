"""What rounds came to, kept as data, and the page that is made of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.faults.harness.accounts import Account
from tests.faults.harness.fault import Apart, Fault

ROOT: Final = Path(__file__).parents[3]
DATA: Final = ROOT / "docs" / "reference" / "faults.json"
PAGE: Final = ROOT / "docs" / "reference" / "faults.md"
RECOVERY_S: Final = 15.0
"""Seconds within which the flow must be back."""
_TEMPLATE: Final = Path(__file__).with_name("page.md")


@dataclass(frozen=True, slots=True)
class Result:
    """All rounds of one fault: sums, and what differs from round to round. `setting` is with what they were played."""

    number: int
    name: str
    what: str
    again: str
    rounds: int
    attempted: int
    acknowledged: int
    ok: int
    lost: int
    duplicated: int
    unexpected: int
    redelivered: list[int]
    recovered_s: list[float | None]
    seeds: list[int]
    setting: str
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, fault: type[Fault], accounts: Sequence[Account], seeds: list[int], setting: str) -> Result:
        """The sums over the rounds of a fault."""

        def total(name: str) -> int:
            values = (getattr(account, name) for account in accounts)
            return sum(len(value) if isinstance(value, list) else value for value in values)

        names = ("attempted", "acknowledged", "ok", "lost", "duplicated", "unexpected")
        return cls(
            number=fault.number, name=fault.name, what=fault.what, again=fault.again.value, rounds=len(accounts),
            redelivered=[account.redelivered for account in accounts], seeds=seeds, setting=setting,
            recovered_s=[] if issubclass(fault, Apart) else [_rounded(one.recovered_s) for one in accounts],
            notes=[note for account in accounts for note in account.notes],
            **{name: total(name) for name in names},
        )  # fmt: skip

    @property
    def in_time(self) -> bool:
        """Whether the flow was back in time, each time; nothing has to recover from what is played apart."""
        return all(seconds is not None and seconds <= RECOVERY_S for seconds in self.recovered_s)

    @property
    def passed(self) -> bool:
        return not (self.lost or self.duplicated or self.unexpected) and self.in_time

    def row(self) -> list[str]:
        """As a row of the table."""
        again = (
            f"{min(self.redelivered)}–{max(self.redelivered)}" if len(self.redelivered) > 1 else str(*self.redelivered)
        )
        known = [seconds for seconds in self.recovered_s if seconds is not None]
        back = "never" if len(known) < len(self.recovered_s) else "–"
        if known and back != "never":
            back = f"{median(known):.1f} ({max(known):.1f})"
        counts = (self.rounds, self.attempted, self.acknowledged, self.ok, self.lost, self.duplicated, self.unexpected)
        return [str(self.number), self.what, *map(str, counts), again, back, "pass" if self.passed else "**fail**"]


COLUMNS: Final = (
    "nr.", "fault", "rounds", "attempted", "acknowledged", "ok", "lost", "duplicated", "unexpected", "redelivered",
    "back after, s", "",
)  # fmt: skip


def keep(found: Iterable[Result]) -> list[Result]:
    """Keep these, each in place of what was known of its fault, and write the page. All that is known now."""
    known = {result.name: result for result in kept()} | {result.name: result for result in found}
    results = sorted(known.values(), key=lambda result: (result.number, result.name))
    DATA.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")
    return results


def kept() -> list[Result]:
    """All that is known."""
    rows: list[dict[str, Any]] = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else []
    return [Result(**row) for row in rows]


def page(results: Sequence[Result]) -> str:
    """The page that shows them."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *(result.row() for result in results)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    settings = sorted({result.setting for result in results})
    measured = "\n".join(f"- {setting}" for setting in settings)
    notes = "\n".join(f"- {result.name}: {note}" for result in results for note in result.notes)
    whole = _TEMPLATE.read_text(encoding="utf-8").replace("{{table}}", table).replace("{{measured}}", measured)
    return whole.replace("{{notes}}", notes or "Nothing.")


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
