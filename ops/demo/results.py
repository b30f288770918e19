"""Prints what became of the pushed files: what was wrong with which row, the counts, and the mail that went out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, Final

from contracts.codes import KINDS
from contracts.municipalities import names
from ops.api import Api
from ops.console import out, table
from ops.demo.pushing import Pushed
from ops.demo.watching import WITHHELD, shown

_STEPS: Final = ("waiting", "unplaced", "held", "placed", "ended")
_MOST_SUBJECTS: Final = 12


def problems(files: Sequence[Pushed]) -> None:
    """For each file its counts, and each row that was refused, with the reason."""
    for file in files:
        facts = file.facts
        counts = f"{facts['rows']} rows: {facts['takenIn']} taken in ({facts['triage']} for a coordinator to decide), "
        out.print(f"\n[bold]{file.name}[/] of {file.partner.name}")
        out.print(f"{counts}{facts['repeated']} repeated, {facts['refused']} refused")
        rows = [(one["row"], one["column"], one["messageEn"]) for one in file.problems()]
        table(None, ("row", "column", "what is wrong"), rows, numbers=[0])


def aggregates(reporting: Api) -> None:
    """The counts by municipality, by kind, and by both, as a reader of reports sees them."""
    out.print(f"\n[bold]What reports say[/] ({WITHHELD}: withheld, as it is below 5 or would give such a number away)")
    known = names()
    by_municipality = list(reporting.pages("/aggregates", by="municipality"))
    columns = ("referrals", "persons", "needs", *_STEPS)
    rows = [(known.get(row["municipality"], "not known"), *_counts(row)) for row in by_municipality]
    table("by municipality", ("municipality", *columns), sorted(rows), numbers=range(1, 9))
    rows = [(row["kind"], *_counts(row)) for row in reporting.pages("/aggregates", by="kind")]
    out.print()
    table("by kind", ("kind", *columns), rows, numbers=range(1, 9))
    out.print()
    _crossed(list(reporting.pages("/aggregates", by="municipality,kind")), known)


def _counts(row: dict[str, Any]) -> tuple[str, ...]:
    needs = (shown(row["needs"][step]) for step in ("received", *_STEPS))
    return (shown(row["referrals"]["received"]), shown(row["persons"]), *needs)


def _crossed(rows: Sequence[dict[str, Any]], known: dict[str, str]) -> None:
    cells = {(row["municipality"], row["kind"]): shown(row["needs"]["received"]) for row in rows}
    kinds = [kind for kind in KINDS if any(kind == other for _, other in cells)]
    places = sorted({place for place, _ in cells}, key=lambda code: known.get(code, "~"))
    lines = [(known.get(place, "not known"), *(cells.get((place, kind), "·") for kind in kinds)) for place in places]
    heads = [kind.replace("-", "\n") for kind in kinds]
    table("needs by municipality and kind", ("municipality", *heads), lines, numbers=range(1, 11))


def mail(folder: Path) -> None:
    """How many mails went out, their subjects, and one of them whole."""
    mails = [_read(path) for path in sorted(folder.glob("*.eml"))]
    out.print(f"\n[bold]{len(mails)} mails went out[/] (kept in {folder})")
    subjects = Counter(re.sub(r"\d+", "…", str(one["Subject"])) for one in mails)
    rows = [(count, subject) for subject, count in subjects.most_common(_MOST_SUBJECTS)]
    table(None, ("mails", "subject"), rows, numbers=[0])
    if len(subjects) > _MOST_SUBJECTS:
        out.print(f"… and {len(subjects) - _MOST_SUBJECTS} other subjects")
    if mails:
        out.print("\nOne of them:")
        out.print(_text(max(mails, key=lambda one: len(_text(one)))), markup=False, style="dim")


def _read(path: Path) -> EmailMessage:
    with path.open("rb") as file:
        return BytesParser(policy=policy.default).parse(file)


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    head = "\n".join(f"{name}: {message[name]}" for name in ("From", "To", "Subject"))
    return f"{head}\n\n{body.get_content().strip() if body else ''}"
