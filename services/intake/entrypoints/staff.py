"""HTTP about staff: for operations, who settle rights that an identity provider does not claim."""

from __future__ import annotations

from chassis.http import Answer, BadInput, Call, Page, endpoint
from chassis.timers import every
from services.intake.schemas.staff import Member, MemberChange, MemberQuery, NewMember
from services.intake.settings import RetentionSettings
from services.intake.signing_in import SigningIn
from services.intake.staff import Staff
from services.intake.store import IntakeStore
from services.intake.vault import Vault

_MOST_FORGOTTEN = 1000


class StaffMembers:
    """Listing, assigning, changing and taking out."""

    store: IntakeStore
    vault: Vault
    sign_ins: dict[str, SigningIn]
    retention: RetentionSettings

    @endpoint("GET", "/staff-members", scope="organisations:write", query=MemberQuery, returns=Member,
              summary="List staff, newest first", tags=["staff"])  # fmt: skip
    def list_staff(self, call: Call) -> Page:
        staff = Staff(self.store, self.vault)
        rows = staff.page(call.query, list(self.sign_ins), call.cursor, call.limit + 1)
        page = Page.of(rows, call, key=lambda row: (row["created_at"], row["staff_id"]))
        return Page([staff.legible(dict(row)) for row in page.items], page.next)

    @endpoint(
        "POST", "/staff-members", scope="organisations:write", body=NewMember, returns=Member, status=201,
        idempotent=True, summary="Assign somebody before the first sign-in", tags=["staff"], errors=(409,),
    )  # fmt: skip
    def add_staff(self, call: Call) -> Answer:
        if call.body["provider"] not in self.sign_ins:
            raise BadInput.field("provider", "There is no such identity provider.", "no-such-provider")
        member = Staff(self.store, self.vault).add(call.body["provider"], call.body["email"], call.body)
        return Answer(member, etag=str(member["version"]))

    @endpoint("GET", "/staff-members/<uuid:staff_id>", scope="organisations:write", returns=Member,
              summary="See a member of staff", tags=["staff"], errors=(404,))  # fmt: skip
    def see_staff(self, call: Call, staff_id: str) -> Answer:
        member = Staff(self.store, self.vault).member(staff_id)
        return Answer(member, etag=str(member["version"]))

    @endpoint(
        "PUT", "/staff-members/<uuid:staff_id>", scope="organisations:write", body=MemberChange, returns=Member,
        summary="Change what a member of staff may do, or take somebody out", tags=["staff"], errors=(404, 412),
        description="Ends the open sessions of that person at once here, and at other services within five minutes.",
    )  # fmt: skip
    def change_staff(self, call: Call, staff_id: str) -> Answer:
        staff = Staff(self.store, self.vault)
        member = staff.member(staff_id, locked=True)
        call.expect(str(member["version"]))
        changed = staff.assign(member, call.body)
        return Answer(changed, etag=str(changed["version"]))

    @every(seconds=3600, name="forget-staff-sessions")
    def forget_staff_sessions(self) -> bool:
        """Rows of sessions that ended long ago go."""
        return self.store.forget_sessions(_MOST_FORGOTTEN) == _MOST_FORGOTTEN

    @every(seconds=3600, name="forget-staff")
    def forget_staff(self) -> bool:
        """Who was taken out long ago is not kept by name."""
        return self.store.forget_staff(self.retention.staff, _MOST_FORGOTTEN) == _MOST_FORGOTTEN
