"""Staff, what they were assigned, and their sessions, as kept in intake's database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Final

from chassis.store import Store

SESSIONS_KEPT: Final = timedelta(days=2)
MOST_TO_CHOOSE: Final = 500
"""Names in a list to choose from: more than the country has libraries, and as many as a page can hold."""
Row = dict[str, Any]


class StaffStore(Store, sql="staff.sql"):
    """Staff members and sessions."""

    def staff_by_person(self, person_index: bytes) -> Row | None:
        """Who signed in before, locked."""
        return self.row("staff_by_person", person_index=person_index)

    def staff_by_email(self, email_index: bytes) -> Row | None:
        """Who was assigned by address and has not signed in yet, locked."""
        return self.row("staff_by_email", email_index=email_index)

    def staff_has_email(self, email_index: bytes) -> bool:
        return self.row("staff_with_email", email_index=email_index) is not None

    def add_staff(self, member: Row) -> None:
        """Somebody new."""
        self.run("add_staff", **member, now=self.now)

    def staff_signed_in(self, staff_id: str, **known: Any) -> None:
        """What the provider says of somebody now: `person_index`, `email_index`, `sealed`."""
        self.run("staff_signed_in", staff_id=staff_id, **known, now=self.now)

    def staff_member(self, staff_id: str) -> Row | None:
        return self.row("staff_member", staff_id=staff_id)

    def locked_staff_member(self, staff_id: str) -> Row | None:
        """The same; nobody else changes it until this transaction ends."""
        return self.row("lock_staff_member", staff_id=staff_id)

    def staff_page(self, filters: Row, after: tuple[Any, ...] | None, limit: int) -> list[Row]:
        """Newest first, by `role`, `status`, `partner_id` and `email_indexes` where these are given."""
        after_at, after_id = after or (None, None)
        wanted = {name: filters.get(name) for name in ("role", "status", "partner_id", "email_indexes")}
        return self.rows("staff_page", **wanted, after_at=after_at, after_id=after_id, limit=limit)

    def count_staff_of_partner(self, partner_id: str, most: int) -> int:
        """How many may sign in and refer for it, as assigned here; counted up to one more than `most`."""
        return int(self.value("count_staff_of_partner", partner_id=partner_id, most=most + 1))

    def assign_staff(self, staff_id: str, assignment: Row) -> None:
        """`roles`, `library_ids`, `municipalities`, `partner_id`, `status`."""
        self.run("assign_staff", staff_id=staff_id, **assignment, now=self.now)

    def is_taken_out(self, person_index: bytes) -> bool:
        """Whether operations took this person out."""
        return bool(self.value("is_taken_out", person_index=person_index))

    def forget_staff(self, kept: timedelta, most: int) -> int:
        """Delete who was taken out longer ago than this; how many, `most` at a time."""
        return self.run("forget_staff", before=self.now - kept, most=most)

    def begin_session(self, session_id: str, staff_id: str, sealed_id_token: bytes) -> None:
        """Somebody signed in."""
        self.run(
            "begin_session", session_id=session_id, staff_id=staff_id, sealed_id_token=sealed_id_token, now=self.now
        )

    def sealed_member_of(self, session_id: str) -> bytes | None:
        """Name and address of who is signed in by this session, sealed."""
        sealed = self.value("sealed_member_of_session", session_id=session_id)
        return bytes(sealed) if sealed is not None else None

    def session_counts(self, session_id: str) -> bool:
        """Whether it was neither signed out nor ended by operations."""
        return bool(self.value("session_counts", session_id=session_id))

    def end_session(self, session_id: str) -> bytes | None:
        """The sealed token that the provider gave, when the session was still open."""
        sealed = self.value("end_session", session_id=session_id, now=self.now)
        return bytes(sealed) if sealed is not None else None

    def end_sessions_of(self, staff_id: str) -> int:
        """How many were open."""
        return self.run("end_sessions_of", staff_id=staff_id, now=self.now)

    def forget_sessions(self, most: int) -> int:
        """Delete what is older than :data:`SESSIONS_KEPT`; how many, `most` at a time."""
        return self.run("forget_sessions", before=self.now - SESSIONS_KEPT, most=most)

    def names_of_partners(self, partner_ids: Sequence[str]) -> dict[str, str]:
        """By id."""
        return {row["partner_id"]: row["name"] for row in self.rows("names_of_partners", partner_ids=list(partner_ids))}

    def names_of_libraries(self, library_ids: Sequence[str]) -> dict[str, str]:
        """By id, in order of name."""
        rows = self.rows("names_of_libraries", library_ids=list(library_ids))
        return {row["library_id"]: row["name"] for row in rows}

    def libraries_to_choose(self, besides: Collection[str] = ()) -> dict[str, str]:
        """Names by id, in order of name: the first :data:`MOST_TO_CHOOSE`, and those chosen already."""
        rows = self.rows("libraries_to_choose", besides=sorted(besides), most=MOST_TO_CHOOSE)
        return {row["library_id"]: row["name"] for row in rows}

    def partners_to_choose(self, besides: str | None = None) -> dict[str, str]:
        """The same of partners. Of another one, operations begin at its own page."""
        rows = self.rows("partners_to_choose", besides=[besides] if besides else [], most=MOST_TO_CHOOSE)
        return {row["partner_id"]: row["name"] for row in rows}
