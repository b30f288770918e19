"""Working files off: some rows per transaction, each row once, whatever is killed in between (ADR 0011).

A chunk of rows is turned into referrals, counted and dropped in one transaction, so after a crash the rows are either
all done or all still there. A chunk that fails is tried row by row; a row that then fails, or takes the process with
it, is refused by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg2
import structlog

from chassis.database import is_infrastructure
from chassis.failpoints import failpoint
from chassis.logs import describe
from contracts.intake import ReferralFileProcessed
from services.intake.domain.findings import Finding
from services.intake.files.reading import Row
from services.intake.files.rows import RowFinding, referral_of
from services.intake.files.storing import opened
from services.intake.reception import Reception
from services.intake.records import Incoming, Received, amsterdam_day
from services.intake.store import IntakeStore
from services.intake.vault import Vault

log = structlog.get_logger()

CHUNK: Final = 100
ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class _Taken:
    """A row that can be taken in, and what it is recognised by when it comes again."""

    row: Row
    said: dict[str, Any]
    index: bytes


class FileWork:
    """One run of the timer: one chunk of the file whose turn it is. `unit` ends transactions in between."""

    def __init__(self, store: IntakeStore, vault: Vault, tell: Callable[..., Any], unit: Any) -> None:
        self._store = store
        self._vault = vault
        self._tell = tell
        self._unit = unit

    def run(self) -> bool:
        """Whether there may be more to do."""
        file = self._store.next_file()
        if file is None:
            return False
        file_id = file["referral_file_id"]
        stored = self._store.next_rows(file_id, CHUNK)
        if not stored:
            self._finish(file_id)
        elif stored[0]["attempts"]:
            self._alone(file, stored[0])
        else:
            self._together(file, [row for row in stored if not row["attempts"]])
        return True

    def _together(self, file: dict[str, Any], stored: list[dict[str, Any]]) -> None:
        try:
            self._take(file, stored)
            failpoint("rows-before-commit")
            self._unit.commit()
            failpoint("rows-after-commit")
        except Exception as problem:  # noqa: BLE001 (its rows are tried one by one, and the culprit is reported)
            self._give_back(problem)
            self._store.count_attempt(file["referral_file_id"], [row["row_number"] for row in stored])
            log.warning("rows_tried_alone", referral_file=file["referral_file_id"], rows=len(stored),
                        failure=describe(problem))  # fmt: skip

    def _alone(self, file: dict[str, Any], stored: dict[str, Any]) -> None:
        """Count before trying, in a transaction of its own: a row that kills the process is counted too."""
        file_id, number = file["referral_file_id"], stored["row_number"]
        if stored["attempts"] >= ATTEMPTS:
            self._refuse(file_id, number)
            return
        self._store.count_attempt(file_id, [number])
        self._unit.commit()
        try:
            self._take(file, [stored])
            self._unit.commit()
        except Exception as problem:  # noqa: BLE001 (this row is refused, and reported with its number)
            self._give_back(problem)
            log.error("row_not_taken_in", referral_file=file_id, row=number, failure=describe(problem))
            self._refuse(file_id, number)

    def _give_back(self, problem: Exception) -> None:
        """Undo; and when it is the database that failed, leave everything for the next run."""
        if isinstance(problem, psycopg2.Error) and is_infrastructure(problem):
            raise problem
        self._unit.rollback()

    def _refuse(self, file_id: str, number: int) -> None:
        self._note(file_id, [(number, [RowFinding(None, Finding("", "not-taken-in"))])])
        self._store.rows_are_done(file_id, [number], _counts(refused=1))

    def _take(self, file: dict[str, Any], stored: list[dict[str, Any]]) -> None:
        """Everything that becomes of these rows, in this transaction."""
        self._tell.in_bulk()  # type: ignore[attr-defined]
        file_id, partner_id = file["referral_file_id"], file["partner_id"]
        rows = opened(self._vault, file_id, file["wrapped_key"], stored)
        good, bad = self._sorted(file, rows)
        fresh, repeated = self._without_repeats(file, good)
        incoming = [Incoming(one.said, file_id, file_id, one.row.number) for one in fresh]
        reception = Reception(self._store, self._vault, self._tell)
        received = reception.take_in(partner_id, incoming, self._store.routing_table()) if incoming else []
        self._store.add_taken_rows(
            [(partner_id, one.index, made.referral_id) for one, made in zip(fresh, received, strict=True)]
        )
        self._note(file_id, bad)
        self._store.rows_are_done(
            file_id, [row.number for row in rows],
            _counts(taken_in=len(fresh), triage=_in_triage(received), repeated=repeated, refused=len(bad)),
        )  # fmt: skip

    def _sorted(
        self, file: dict[str, Any], rows: Sequence[Row]
    ) -> tuple[list[_Taken], list[tuple[int, list[RowFinding]]]]:
        good: list[_Taken] = []
        bad: list[tuple[int, list[RowFinding]]] = []
        today = amsterdam_day(self._store.now)
        for row in rows:
            said, wrong = referral_of(row.cells, row.flaws, today=today, agreed=file["municipalities"])
            if said is None:
                bad.append((row.number, wrong))
                continue
            # Files number their households anew: what a row says is the same whatever its household is called.
            same = {name: value for name, value in said.items() if name != "household_key"}
            good.append(_Taken(row, said, self._vault.row_index(file["partner_id"], same)))
        return good, bad

    def _without_repeats(self, file: dict[str, Any], good: Sequence[_Taken]) -> tuple[list[_Taken], int]:
        """The rows that are new, and how many were there before; those say which household their key stands for."""
        before = self._store.taken_before(file["partner_id"], [one.index for one in good])
        fresh: dict[bytes, _Taken] = {}
        for one in good:
            if one.index not in before:
                fresh.setdefault(one.index, one)
                continue
            household_id, key = before[one.index], one.said.get("household_key")
            if household_id and key:
                index = self._vault.household_index(file["partner_id"], file["referral_file_id"], key)
                self._store.households(file["partner_id"], {index: household_id})
        return list(fresh.values()), len(good) - len(fresh)

    def _note(self, file_id: str, bad: Sequence[tuple[int, list[RowFinding]]]) -> None:
        self._store.add_problems([
            (file_id, number, one.header, one.finding.code, one.finding.dutch, one.finding.english)
            for number, wrong in bad
            for one in wrong
        ])  # fmt: skip

    def _finish(self, file_id: str) -> None:
        done = self._store.finish_file(file_id)
        self._tell.in_bulk()  # type: ignore[attr-defined]
        self._tell(ReferralFileProcessed, file_id, **done, libraries=self._store.library_shares(file_id))
        log.info("referral_file_processed", referral_file=file_id, rows=done["rows"], taken_in=done["taken_in"],
                 repeated=done["repeated"], refused=done["refused"])  # fmt: skip


def _in_triage(received: Sequence[Received]) -> int:
    return sum(bool(one.referral["triage_reasons"]) for one in received)


def _counts(*, taken_in: int = 0, triage: int = 0, repeated: int = 0, refused: int = 0) -> dict[str, int]:
    return {"taken_in": taken_in, "triage": triage, "repeated": repeated, "refused": refused}
