"""HTTP about files of referrals, and the timer that works them off."""

from __future__ import annotations

from typing import Any

import eventlet
from eventlet.semaphore import Semaphore

from chassis.http import Answer, Call, NotFound, Page, PageQuery, Problem, Unavailable, endpoint
from chassis.outbox import Teller
from chassis.timers import every
from services.intake import access
from services.intake.files.storing import store_file
from services.intake.files.unreadable import LARGEST_FILE, Unreadable
from services.intake.files.working import FileWork
from services.intake.schemas.files import ProblemQuery, ReferralFile, RowProblem, UploadQuery
from services.intake.store import IntakeStore
from services.intake.vault import Vault

MEDIA_TYPES = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",  # what Windows calls a CSV file
    "application/octet-stream",
)
MOST_WAITING = 5
_one_at_a_time = Semaphore()
"""Reading a large file takes memory and time: one after the other, while others' requests go on in between."""


class Files:
    """Many referrals at once, as partners keep them: in Excel or CSV."""

    store: IntakeStore
    tell: Teller
    vault: Vault
    unit: Any

    @endpoint(
        "POST", "/referral-files", scope="referrals:write", consumes=MEDIA_TYPES, max_bytes=LARGEST_FILE,
        query=UploadQuery, returns=ReferralFile, status=202, idempotent=True, tags=["files"],
        summary="Refer the people in a file",
        description="XLSX or CSV, at most 5 MB and 5,000 rows; the columns are in docs/reference/referral-file.md. Its "
        "content says what it is. Rows are taken in afterwards: ask for the file to see how far it is.",
    )  # fmt: skip
    def take_file(self, call: Call) -> Answer:
        partner_id = access.referrer_of(self.store, call.caller)["partner_id"]
        if _one_at_a_time.balance < -MOST_WAITING:
            raise Unavailable("Other files are being read now. Send yours again in a moment.", retry_after=10)
        try:
            with _one_at_a_time:
                file_id = store_file(self.store, self.vault, partner_id, call.raw,
                                     file_name=call.query["file_name"], breathe=eventlet.sleep)  # fmt: skip
        except Unreadable as problem:
            raise Problem(400, "Unreadable file", problem.english, type="unreadable-file", code=problem.code,
                          detailDutch=problem.dutch) from problem  # fmt: skip
        return Answer(self._file(call, file_id), headers={"Location": call.url(f"/referral-files/{file_id}")})

    @endpoint("GET", "/referral-files", scope="referrals:read", query=PageQuery, returns=ReferralFile,
              summary="List your files, newest first", tags=["files"])  # fmt: skip
    def list_files(self, call: Call) -> Page:
        partner_id = access.referrer_of(self.store, call.caller)["partner_id"]
        rows = self.store.files(partner_id, call.cursor, call.limit + 1)
        page = Page.of(rows, call, key=lambda row: (row["received_at"], row["referral_file_id"]))
        return Page([self._file_view(call, row) for row in page.items], page.next)

    @endpoint("GET", "/referral-files/<uuid:referral_file_id>", scope="referrals:read", returns=ReferralFile,
              summary="See how far a file is", tags=["files"], errors=(404,))  # fmt: skip
    def see_file(self, call: Call, referral_file_id: str) -> dict[str, Any]:
        return self._file(call, referral_file_id)

    @endpoint(
        "GET", "/referral-files/<uuid:referral_file_id>/problems", scope="referrals:read", query=ProblemQuery,
        returns=RowProblem, summary="See what is wrong in which row", tags=["files"], errors=(404,),
        description="Row, column and what to do, in Dutch and English; never what stood in the cell.",
    )  # fmt: skip
    def list_problems(self, call: Call, referral_file_id: str) -> Page:
        self._file(call, referral_file_id)
        rows = self.store.problems(referral_file_id, call.cursor, call.limit + 1)
        return Page.of(rows, call, key=lambda row: (row["row"], row["problem_id"]))

    def _file(self, call: Call, file_id: str) -> dict[str, Any]:
        file = self.store.file(file_id)
        if file is None or file["partner_id"] != access.referrer_of(self.store, call.caller)["partner_id"]:
            raise NotFound("There is no such file.")
        return self._file_view(call, file)

    def _file_view(self, call: Call, file: Any) -> dict[str, Any]:
        file_id = file["referral_file_id"]
        return {
            **file,
            "file_name": self.vault.open_text("file-name", file["sealed_name"]) if file["sealed_name"] else "",
            "problems": call.url(f"/referral-files/{file_id}/problems"),
            "referrals": call.url("/referrals", referral_file_id=file_id),
        }

    @every(seconds=1, name="take-in-files")
    def work_files_off(self) -> bool:
        """One chunk of the file whose turn it is."""
        return FileWork(self.store, self.vault, self.tell, self.unit).run()
