"""What goes wrong in real files, and what intake must say to it. Codes are listed in examples/README.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy

from examples.maker.draw import Draw
from examples.maker.rows import Row

Mistake = Callable[[Row], None]

BSN_FOR_TESTS = "999990019"
"""From the series that is kept for tests; it satisfies the eleven-check as any BSN does."""
V_NUMBER_FOR_TESTS = "2800000012"


def no_contact(row: Row) -> None:
    row.values |= {"Telefoon": "", "E-mail": "", "Contact via telefoon": ""}
    row.problems.append(("Telefoon", "contact-missing"))


def phone_in_name(row: Row) -> None:
    """One column too far to the left: the number stands where the family name belongs, and contact is empty."""
    row.values |= {"Achternaam": row.values["Telefoon"] or "06-00009999", "Telefoon": "", "E-mail": "",
                   "Contact via telefoon": ""}  # fmt: skip
    row.problems += [("Achternaam", "name-unreadable"), ("Telefoon", "contact-missing")]


def see_mail(row: Row) -> None:
    row.values |= {"Telefoon": "zie mail", "E-mail": ""}
    row.problems.append(("Telefoon", "phone-unreadable"))


def no_family_name(row: Row) -> None:
    row.values["Achternaam"] = ""
    row.problems.append(("Achternaam", "required"))


def no_goal(row: Row) -> None:
    row.values |= {"Leervraag 1": "", "Leervraag 2": "", "Leervraag 3": ""}
    row.problems.append(("Leervraag 1", "required"))


def put(column: str, value: str, code: str) -> Mistake:
    """The mistake of this value in this column, to be answered with this code."""

    def make(row: Row) -> None:
        row.values[column] = value
        row.problems.append((column, code))

    return make


def left_empty(column: str, reason: str) -> Mistake:
    """The row is taken in, but a coordinator has to look at it for this reason."""

    def make(row: Row) -> None:
        row.values[column] = ""
        row.triage.append(reason)
        if column == "Gemeente":
            row.municipality = None

    return make


REFUSED: tuple[Mistake, ...] = (
    no_contact, no_contact, no_contact, no_contact, see_mail, phone_in_name, phone_in_name, no_family_name, no_goal,
    put("Gemeente", "Hengello", "municipality-unknown"),
    put("Gemeente", "Zwole", "municipality-unknown"),
    put("Gemeente", "Apeldoorn", "municipality-unknown"),
    put("Gemeente", "Nijverdal", "municipality-unknown"),
    put("Geboortedatum", "31-02-1990", "date-unreadable"),
    put("Geboortedatum", "00-00-0000", "date-unreadable"),
    put("Geboortedatum", "ergens in 1985", "date-unreadable"),
    put("Geboortedatum", "14-03-2088", "birth-date-impossible"),
    put("Geboortedatum", "01-01-1872", "birth-date-impossible"),
    put("Leervraag 1", "zie mail", "goal-unknown"),
    put("Leervraag 1", "rijbewijs halen", "goal-unknown"),
    put("Leervraag 2", "fietsles", "goal-unknown"),
    put("Opmerking", f"BSN {BSN_FOR_TESTS}, graag even bellen", "bsn"),
    put("Opmerking", f"Ook bekend onder {BSN_FOR_TESTS[:4]}.{BSN_FOR_TESTS[4:6]}.{BSN_FOR_TESTS[6:]}", "bsn"),
    put("Opmerking", f"V-nummer {V_NUMBER_FOR_TESTS}", "v-number"),
    put("Opmerking", "Loopt bij de psycholoog, bellen na afspraak", "health"),
    put("Referentie", f"V{V_NUMBER_FOR_TESTS}", "v-number"),
)  # fmt: skip

TRIAGE: tuple[Mistake, ...] = (
    *(left_empty("Grondslag", "legal-basis-missing") for _ in range(6)),
    *(left_empty("Geïnformeerd op", "person-not-informed") for _ in range(5)),
    *(left_empty("Gemeente", "municipality-unknown") for _ in range(3)),
)


def spoil(draw: Draw, rows: Sequence[Row], mistakes: Sequence[Mistake]) -> None:
    """Each mistake in a row of its own, anywhere in the file."""
    plain = [row for row in rows if row.is_plain]
    for mistake in mistakes:
        row = plain.pop(draw.between(0, len(plain) - 1))
        mistake(row)


def repeat(draw: Draw, rows: list[Row], times: int) -> None:
    """Copies of plain rows, some right below, some further down, as copying and pasting makes them."""
    for _ in range(times):
        at = draw.pick([index for index, row in enumerate(rows) if row.is_plain])
        copy = deepcopy(rows[at])
        copy.repeats = True
        below = at + 1 if draw.chance(0.5) else min(at + draw.between(5, 60), len(rows))
        rows.insert(below, copy)


def blank(draw: Draw, rows: list[Row], times: int) -> None:
    """Empty lines between the others."""
    for _ in range(times):
        rows.insert(draw.between(3, len(rows) - 2), Row(dict.fromkeys(rows[0].values, "")))
