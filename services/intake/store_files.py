"""What intake keeps about files of referrals while it works them off, and what it says of them afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from chassis.store import Store

Row = dict[str, Any]
_FORGET: Final = ("forget_problems", "forget_names_of_files")


class FileStore(Store, sql="files.sql"):
    """Files, their sealed rows, their problems, and which rows were taken in before."""

    def add_file(self, file: Row, rows: Sequence[tuple[int, bytes]]) -> None:
        """A file with its rows: number and sealed cells."""
        self.write("add_file", **file, rows=len(rows), now=self.now)
        self.write_values("add_file_rows", [(file["referral_file_id"], number, sealed) for number, sealed in rows])

    def file(self, referral_file_id: str) -> Row | None:
        """How far a file is."""
        return self.row("file", referral_file_id=referral_file_id)

    def files(self, partner_id: str, after: tuple[Any, ...] | None, limit: int) -> list[Row]:
        """A partner's files, newest first."""
        after_at, after_id = after or (None, None)
        return self.rows("files", partner_id=partner_id, after_at=after_at, after_id=after_id, limit=limit)

    def next_file(self) -> Row | None:
        """The open file that was worked on longest ago, locked; with what was agreed with its partner."""
        found = self.row("next_file")
        if found is not None:
            self.write("file_was_worked_on", referral_file_id=found["referral_file_id"], now=self.now)
        return found

    def next_rows(self, referral_file_id: str, limit: int) -> list[Row]:
        """The first rows that are not done."""
        return self.rows("next_rows", referral_file_id=referral_file_id, limit=limit)

    def begin_chunk(self, referral_file_id: str) -> None:
        """Commit this before the chunk is taken: that it was begun must outlive the process."""
        self.write("chunk_is_under_way", referral_file_id=referral_file_id, under_way=True)

    def end_chunk(self, referral_file_id: str) -> None:
        """In the transaction that takes the chunk: nothing of the file is under way after it."""
        self.write("chunk_is_under_way", referral_file_id=referral_file_id, under_way=False)

    def count_attempt(self, referral_file_id: str, row_numbers: list[int], count: int = 1) -> None:
        """One more attempt at these rows, or with -1 one less."""
        self.write("count_attempt", referral_file_id=referral_file_id, row_numbers=row_numbers, count=count)

    def rows_are_done(self, referral_file_id: str, row_numbers: list[int], counts: dict[str, int]) -> None:
        """Count what became of these rows and drop them."""
        self.write("drop_rows", referral_file_id=referral_file_id, row_numbers=row_numbers)
        self.write("count_rows", referral_file_id=referral_file_id, **counts)

    def finish_file(self, referral_file_id: str) -> Row:
        """Nothing is left to do: forget the key. Its partner and counts."""
        found = self.row("finish_file", referral_file_id=referral_file_id, now=self.now)
        if found is None:
            raise LookupError(f"referral file {referral_file_id} is gone")
        return found

    def library_shares(self, referral_file_id: str) -> list[Row]:
        """What the file held for each library."""
        return self.rows("library_shares", referral_file_id=referral_file_id)

    def add_problems(self, problems: Sequence[tuple[Any, ...]]) -> None:
        """File, row, column, code, Dutch and English message."""
        self.write_values("add_problems", problems)

    def problems(self, referral_file_id: str, after: tuple[Any, ...] | None, limit: int) -> list[Row]:
        """A page of problems in order of row."""
        after_row, after_id = after or (None, None)
        return self.rows("problems", referral_file_id=referral_file_id, after_row=after_row, after_id=after_id,
                         limit=limit)  # fmt: skip

    def forget_files(self, kept: timedelta, most: int) -> bool:
        """Delete what was wrong in files that were done longer ago than this, and what they were called; whether there
        are more than `most`.
        """
        before = self.now - kept
        return most in [self.run(query, before=before, most=most) for query in _FORGET]

    def taken_before(self, partner_id: str, row_indexes: list[bytes]) -> dict[bytes, str | None]:
        """Which of these rows became a referral earlier, and the household of that referral."""
        rows = self.rows("rows_taken_before", partner_id=partner_id, row_indexes=row_indexes)
        return {bytes(row["row_index"]): row["household_id"] for row in rows}

    def add_taken_rows(self, rows: Sequence[tuple[str, bytes, str]]) -> None:
        """Partner, row index and the referral that it became."""
        self.write_values("add_taken_rows", rows)
