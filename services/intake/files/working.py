"""Working files off: some rows per transaction, each row once, whatever is killed in between (ADR 0011).

A chunk of rows is turned into referrals, counted and dropped in one transaction, so after a crash the rows are either
all done or all still there. A chunk that fails is tried row by row; a row that then fails, or takes the process with
it, is refused by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import psycopg2
import structlog

from chassis.database import is_infrastructure, took_too_long
from chassis.failpoints import failpoint
from chassis.logs import describe
from chassis.outbox import Teller
from chassis.sealing import Unopenable
from chassis.waiting import SilentServer
from contracts.intake import ReferralFileProcessed
from services.intake.files.taking import Taking
from services.intake.store import IntakeStore
from services.intake.vault import Vault

log = structlog.get_logger()

CHUNK: Final = 100
ATTEMPTS: Final = 3


class FileWork:
    """One run of the timer: one chunk of the file whose turn it is. `unit` ends transactions in between."""

    def __init__(self, store: IntakeStore, vault: Vault, tell: Teller, unit: Any) -> None:
        self._store = store
        self._tell = tell
        self._unit = unit
        self._taking = Taking(store, vault, tell)

    def run(self) -> bool:
        """Whether there may be more to do."""
        file = self._store.next_file()
        if file is None:
            return False
        stored = self._store.next_rows(file["referral_file_id"], CHUNK)
        untried = [row for row in stored if not row["attempts"]]
        if not stored:
            self._finish(file["referral_file_id"])
        elif file["under_way"]:
            self._apart(file, untried, {"error": "ProcessEnded"})
        elif stored[0]["attempts"]:
            self._alone(file, stored[0])
        else:
            self._together(file, untried)
        return True

    def _together(self, file: dict[str, Any], stored: list[dict[str, Any]]) -> None:
        """Note first, in a transaction of its own, that it is tried: what kills the process is not tried so again."""
        file_id = file["referral_file_id"]
        self._store.begin_chunk(file_id)
        self._unit.commit()
        try:
            self._store.end_chunk(file_id)
            self._taking.take(file, stored)
            failpoint("rows-before-commit")
            self._unit.commit()
            failpoint("rows-after-commit")
        except Exception as problem:  # noqa: BLE001 (its rows are tried one by one, and the culprit is reported)
            self._give_back(problem, lambda: self._store.end_chunk(file_id))
            self._apart(file, stored, describe(problem))

    def _apart(self, file: dict[str, Any], stored: list[dict[str, Any]], failure: dict[str, Any]) -> None:
        """From now on these rows are tried one by one."""
        file_id = file["referral_file_id"]
        self._store.count_attempt(file_id, [row["row_number"] for row in stored])
        self._store.end_chunk(file_id)
        log.warning("rows_tried_alone", referral_file=file_id, rows=len(stored), failure=failure)

    def _alone(self, file: dict[str, Any], stored: dict[str, Any]) -> None:
        """Count before trying, in a transaction of its own: a row that kills the process is counted too."""
        file_id, number = file["referral_file_id"], stored["row_number"]
        if stored["attempts"] >= ATTEMPTS:
            log.error("row_not_taken_in", referral_file=file_id, row=number, attempts=stored["attempts"])
            self._taking.refuse(file_id, number)
            return
        self._store.count_attempt(file_id, [number])
        self._unit.commit()
        try:
            self._taking.take(file, [stored])
            self._unit.commit()
        except Exception as problem:
            self._give_back(problem, lambda: self._store.count_attempt(file_id, [number], -1))
            if took_too_long(problem):
                # Perhaps it waited for somebody who is done by the next run. The attempt stays counted, one of several.
                raise
            log.error("row_not_taken_in", referral_file=file_id, row=number, failure=describe(problem))
            self._taking.refuse(file_id, number)

    def _give_back(self, problem: Exception, excuse: Callable[[], None]) -> None:
        """Undo; and when the rows are not to blame, excuse them and leave everything for the next run.

        They are not when the database failed, or when nothing opens because the master key is another one. A database
        that takes no excuse either is away; then the attempt stays counted, one of several. So it does when the
        database fell silent: it seems to, too, when the rows together take longer than we wait for an answer.
        """
        self._unit.rollback()
        if isinstance(problem, SilentServer):
            raise problem
        if isinstance(problem, Unopenable) or (isinstance(problem, psycopg2.Error) and is_infrastructure(problem)):
            with suppress(psycopg2.Error):
                excuse()
                self._unit.commit()
            raise problem

    def _finish(self, file_id: str) -> None:
        done = self._store.finish_file(file_id)
        self._tell.in_bulk()
        self._tell(ReferralFileProcessed, file_id, **done, libraries=self._store.library_shares(file_id))
        log.info("referral_file_processed", referral_file=file_id, rows=done["rows"], taken_in=done["taken_in"],
                 repeated=done["repeated"], refused=done["refused"])  # fmt: skip
