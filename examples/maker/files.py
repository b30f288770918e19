"""The three files: who is in them, what is wrong with them, and how each is written."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date

from contracts.municipalities import name_of
from examples.maker import mistakes, names
from examples.maker.draw import Draw
from examples.maker.people import household, places
from examples.maker.rows import CaseWorker, Row, case_workers, number, phone_as_written, rows_of

HALF_YEAR = {4: 16, 5: 18, 6: 20, 7: 14, 8: 11, 9: 21}
"""Months of 2026 and how many referrals in a hundred fall in each: fewest in the summer holidays."""
HOUSEHOLDS_IN_HALF_YEAR = 608


@dataclass(frozen=True, slots=True)
class File:
    name: str
    rows: list[Row]
    first_row: int
    """The row number, as a spreadsheet shows it, of the first of `rows`."""
    linked: tuple[tuple[Row, str], ...] = ()
    """(row, file) of people who were referred in an earlier file too."""


def all_files() -> tuple[File, File, File]:
    phones = names.Phones(first=0)
    workers = case_workers(phones)
    monthly = case_worker_month(phones, workers[0])
    town = town_list(phones, workers[1:3])
    return monthly, town, half_year(phones, workers[3:], known=(monthly, town))


def case_worker_month(phones: names.Phones, worker: CaseWorker) -> File:
    """25 rows of one case worker of VluchtelingenWerk, who works for Deventer and its neighbours."""
    draw = Draw(seed=202610)
    rows: list[Row] = []
    while len(rows) < 25:
        where = draw.weighted({"GM0150": 62, "GM0177": 22, "GM1773": 16})
        rows += _referred(draw, where, {10: 1}, phones, [worker], len(rows))
    rows = rows[:25]
    number(rows, lambda count: f"VW-1026-{count:02d}")
    mistakes.spoil(
        draw,
        rows[1:],  # the first one's phone number satisfies the eleven-check: it must look like a BSN and be taken in
        (
            mistakes.no_contact,
            mistakes.put("Geboortedatum", "31-02-1990", "date-unreadable"),
            mistakes.left_empty("Geïnformeerd op", "person-not-informed"),
        ),
    )
    rows.insert(14, Row(dict.fromkeys(rows[0].values, "")))
    return File("vluchtelingenwerk-2026-10.xlsx", rows, first_row=4)


def town_list(phones: names.Phones, workers: Sequence[CaseWorker]) -> File:
    """Some 40 rows of one municipality's own list."""
    draw = Draw(seed=153)
    rows: list[Row] = []
    while len(rows) < 40:
        rows += _referred(draw, "GM0153", {9: 40, 10: 60}, phones, workers, len(rows))
    for row in rows:
        row.values["Gemeente"] = draw.weighted({"Enschede": 80, "ENSCHEDE": 8, "Gemeente Enschede": 8, "GM0153": 4})
    number(rows, lambda count: f"ENS/2026/{count:03d}")
    mistakes.spoil(
        draw,
        rows,
        (
            mistakes.put("Opmerking", f"BSN: {mistakes.BSN_FOR_TESTS}", "bsn"),
            mistakes.see_mail,
            mistakes.left_empty("Grondslag", "legal-basis-missing"),
            mistakes.left_empty("Gemeente", "municipality-unknown"),
        ),
    )
    plain = next(row for row in rows if row.is_plain)
    plain.values["Opmerking"] = "Bel liever de zus:\n0600008888 (na 18 uur)"
    mistakes.repeat(draw, rows, 1)
    mistakes.blank(draw, rows, 2)
    rows += [Row(dict.fromkeys(rows[0].values, "")) for _ in range(3)]
    return File("gemeente-enschede.csv", rows, first_row=2)


def half_year(phones: names.Phones, workers: Sequence[CaseWorker], known: Sequence[File]) -> File:
    """Half a year of the province, in proportion to where its people live."""
    draw = Draw(seed=1600)
    rows: list[Row] = []
    for municipality, count in _quota(HOUSEHOLDS_IN_HALF_YEAR).items():
        responsible = [draw.pick(workers), draw.pick(workers)]
        for _ in range(count):
            rows += _referred(draw, municipality, HALF_YEAR, phones, responsible, len(rows))
    again = [_again(draw, row, worker, file) for file, amount in zip(known, (3, 4), strict=True)
             for row, worker in zip(_some_plain(draw, file, amount), workers, strict=False)]  # fmt: skip
    rows += [row for row, _ in again]
    rows.sort(key=lambda row: row.referred_on)
    number(rows, lambda count: f"OV26-{count:05d}")
    mistakes.spoil(draw, [row for row in rows if row not in [r for r, _ in again]], mistakes.REFUSED + mistakes.TRIAGE)
    mistakes.repeat(draw, rows, 6)
    mistakes.blank(draw, rows, 5)
    return File("overijssel-halfjaar.csv", rows, first_row=2, linked=tuple(again))


def _referred(
    draw: Draw,
    municipality: str,
    months: dict[int, int],
    phones: names.Phones,
    workers: Sequence[CaseWorker],
    so_far: int,
) -> list[Row]:
    month = draw.weighted(months)
    on = draw.weekday(date(2026, month, 3), date(2026, month, 28))
    return rows_of(draw, household(draw, municipality, on), on, phones, draw.pick(workers), f"G{so_far + 1}")


def _quota(total: int) -> dict[str, int]:
    """Households per municipality, in proportion to inhabitants; the largest remainders round up."""
    inhabitants = {code: thousands for code, (thousands, _) in places().items()}
    exact = {code: total * thousands / sum(inhabitants.values()) for code, thousands in inhabitants.items()}
    quota = {code: int(share) for code, share in exact.items()}
    by_remainder = sorted(exact, key=lambda code: (quota[code] - exact[code], code))
    for code in by_remainder[: total - sum(quota.values())]:
        quota[code] += 1
    return quota


def _some_plain(draw: Draw, file: File, amount: int) -> list[Row]:
    return draw.some(
        [row for row in file.rows if row.is_plain and not row.values["Gezin"] and row.municipality], amount
    )


def _again(draw: Draw, row: Row, worker: CaseWorker, file: File) -> tuple[Row, str]:
    """The same person, referred by another organisation with another need."""
    copy = deepcopy(row)
    copy.referred_on = draw.weekday(date(2026, 9, 3), date(2026, 9, 25))
    copy.values |= {
        "Telefoon": phone_as_written(draw, f"0000{draw.between(9000, 9990)}"),
        "Gemeente": name_of(row.municipality or ""),
        "Leervraag 1": "computer en DigiD", "Leervraag 2": "", "Leervraag 3": "", "Opmerking": "",
        "Verwijzer": worker.name, "Verwijzer telefoon": worker.phone, "Verwijzer e-mail": worker.email,
        "Geïnformeerd op": copy.referred_on,
    }  # fmt: skip
    return copy, file.name
