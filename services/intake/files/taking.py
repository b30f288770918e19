"""Rows of a file become referrals, repetitions or problems, and are gone: all of it in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from chassis.outbox import Teller
from services.intake import metrics
from services.intake.domain.findings import Finding
from services.intake.domain.referral import normalised
from services.intake.files.reading import Row
from services.intake.files.row_findings import RowFinding
from services.intake.files.rows import referral_of
from services.intake.files.storing import opened
from services.intake.reception import Reception
from services.intake.records import Incoming, amsterdam_day
from services.intake.referring import agreement_of, on_terms
from services.intake.store import IntakeStore
from services.intake.vault import Vault

Problems = list[tuple[int, list[RowFinding]]]


@dataclass(frozen=True, slots=True)
class _Good:
    """A row that can be taken in, and what it is recognised by when it comes again."""

    row: Row
    said: dict[str, Any]
    index: bytes


class Taking:
    """In the transaction of its store. `file` is a row of `next_file`, `stored` are rows of `next_rows`."""

    def __init__(self, store: IntakeStore, vault: Vault, tell: Teller) -> None:
        self._store = store
        self._vault = vault
        self._tell = tell

    def take(self, file: dict[str, Any], stored: list[dict[str, Any]]) -> None:
        """Everything that becomes of these rows."""
        self._tell.in_bulk()
        file_id, partner_id = file["referral_file_id"], file["partner_id"]
        rows = opened(self._vault, file_id, file["wrapped_key"], stored)
        good, bad = self._sorted(file, rows)
        fresh = self._without_repeats(file, good)
        incoming = [Incoming(on_terms(one.said, file), file_id, file_id, one.row.number) for one in fresh]
        reception = Reception(self._store, self._vault, self._tell)
        received = reception.take_in(partner_id, incoming) if incoming else []
        self._store.add_taken_rows(
            [(partner_id, one.index, made.referral_id) for one, made in zip(fresh, received, strict=True)]
        )
        self._note(file_id, bad)
        triage = sum(bool(made.referral["triage_reasons"]) for made in received)
        counts = {"taken_in": len(fresh), "triage": triage, "repeated": len(good) - len(fresh), "refused": len(bad)}
        self._done(file_id, [row.number for row in rows], counts)

    def refuse(self, file_id: str, number: int) -> None:
        """A row that we cannot handle; its sender is told that the fault is ours."""
        self._note(file_id, [(number, [RowFinding(None, Finding("", "not-taken-in"))])])
        self._done(file_id, [number], {"taken_in": 0, "triage": 0, "repeated": 0, "refused": 1})

    def _sorted(self, file: dict[str, Any], rows: Sequence[Row]) -> tuple[list[_Good], Problems]:
        good: list[_Good] = []
        bad: Problems = []
        today, agreed = amsterdam_day(self._store.now), agreement_of(file)
        for row in rows:
            read, wrong = referral_of(row.cells, row.flaws, today=today, agreed=agreed)
            if read is None:
                bad.append((row.number, wrong))
                continue
            said = normalised(read)
            # Files number their households anew: what a row says is the same whatever its household is called.
            same = {name: value for name, value in said.items() if name != "household_key"}
            good.append(_Good(row, said, self._vault.row_index(file["partner_id"], same)))
        return good, bad

    def _without_repeats(self, file: dict[str, Any], good: Sequence[_Good]) -> list[_Good]:
        """The rows that are new; those that were there before say which household their key stands for."""
        before = self._store.taken_before(file["partner_id"], [one.index for one in good])
        fresh: dict[bytes, _Good] = {}
        for one in good:
            if one.index not in before:
                fresh.setdefault(one.index, one)
                continue
            household_id, key = before[one.index], one.said.get("household_key")
            if household_id and key:
                index = self._vault.household_index(file["partner_id"], file["referral_file_id"], key)
                self._store.households(file["partner_id"], {index: household_id})
        return list(fresh.values())

    def _note(self, file_id: str, bad: Problems) -> None:
        self._store.add_problems([
            (file_id, number, one.header, one.finding.code, one.finding.dutch, one.finding.english)
            for number, wrong in bad
            for one in wrong
        ])  # fmt: skip

    def _done(self, file_id: str, numbers: list[int], counts: dict[str, int]) -> None:
        self._store.rows_are_done(file_id, numbers, counts)
        for outcome in ("taken_in", "repeated", "refused"):
            self._store.unit.after_commit(partial(metrics.file_rows.labels(outcome).inc, counts[outcome]))
