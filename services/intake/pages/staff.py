"""Staff, for operations: who signed in, who may do what, and who may not come in any more."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from chassis.http import BadInput, Page
from chassis.http.schemas import Schema
from chassis.pages import PageCall, SeeOther, marked, page
from contracts import municipalities
from contracts.fields import Id
from services.intake.identity_providers import ASSIGNABLE
from services.intake.schemas.staff import MEMBER_STATUSES, Assignment, MemberQuery, NewMember
from services.intake.signing_in import SigningIn
from services.intake.staff import Staff
from services.intake.store import IntakeStore
from services.intake.vault import Vault

_ADDED: Final = marked("This person may sign in from now on.")
_CHANGED: Final = marked("The rights are changed. Who is signed in now, has to sign in again.")
_TAKEN_OUT: Final = marked("This person can no longer sign in.")


class Beginning(Schema):
    """For which partner somebody new is to refer."""

    partner_id = Id()


class StaffPages:
    """The list, the page of one, and the page for somebody new."""

    store: IntakeStore
    vault: Vault
    sign_ins: dict[str, SigningIn]

    @page("GET", "/staff", scope="organisations:write", query=MemberQuery, template="staff.html")
    def staff_page(self, call: PageCall) -> dict[str, Any]:
        """Everyone who signed in or was assigned, newest first."""
        staff = Staff(self.store, self.vault)
        rows = staff.page(call.query, list(self.sign_ins), call.cursor, call.limit + 1)
        found = Page.of(rows, call, key=lambda row: (row["created_at"], row["staff_id"]))
        at_work = sorted({library_id for row in found.items for library_id in row["library_ids"]})
        return {
            "rows": [staff.legible(dict(row)) for row in found.items], "next": found.next, "roles": ASSIGNABLE,
            "statuses": MEMBER_STATUSES, "libraries": self.store.names_of_libraries(at_work),
            "partners": self.store.partners_to_choose(call.query.get("partner_id")),
        }  # fmt: skip

    @page("GET", "/staff/new", scope="organisations:write", query=Beginning, template="staff-new.html")
    def new_member_page(self, call: PageCall) -> dict[str, Any]:
        """Somebody who has not signed in yet; for a partner who came from its page."""
        only = next(iter(self.sign_ins)) if len(self.sign_ins) == 1 else None
        partner_id = call.query.get("partner_id")
        roles = ["case-worker"] if partner_id else []
        form = call.form("add_member", "/staff/new", provider=only, partnerId=partner_id, roles=roles)
        return {"form": form, **self._choices(partner_id)}

    @page("POST", "/staff/new", scope="organisations:write", form=NewMember, again="new_member_page")
    def add_member(self, call: PageCall) -> SeeOther:
        """Assign somebody by e-mail address."""
        if call.body["provider"] not in self.sign_ins:
            raise BadInput.field("provider", "There is no such identity provider.", "invalid")
        member = Staff(self.store, self.vault).add(call.body["provider"], call.body["email"], call.body)
        return SeeOther(f"/staff/{member['staff_id']}", told=_ADDED)

    @page("GET", "/staff/<uuid:staff_id>", scope="organisations:write", template="staff-member.html")
    def member_page(self, call: PageCall, staff_id: str) -> dict[str, Any]:
        """One person and what they may do."""
        member = Staff(self.store, self.vault).member(staff_id)
        form = call.form(
            "change_member", f"/staff/{staff_id}", version=str(member["version"]), roles=member["roles"],
            libraryIds=member["library_ids"], municipalities=member["municipalities"], partnerId=member["partner_id"],
        )  # fmt: skip
        out = call.form("take_member_out", f"/staff/{staff_id}/removal", version=str(member["version"]))
        choices = self._choices(member["partner_id"], member["library_ids"])
        return {"member": member, "form": form, "out": out, **choices}

    @page("POST", "/staff/<uuid:staff_id>", scope="organisations:write", form=Assignment, again="member_page")
    def change_member(self, call: PageCall, staff_id: str) -> SeeOther:
        """Other rights; also lets somebody in again who was taken out."""
        self._staff_to_change(call, staff_id, lambda staff, one: staff.assign(one, call.body | {"status": "active"}))
        return SeeOther(f"/staff/{staff_id}", told=_CHANGED)

    @page("POST", "/staff/<uuid:staff_id>/removal", scope="organisations:write", again="member_page")
    def take_member_out(self, call: PageCall, staff_id: str) -> SeeOther:
        """Ends every session of somebody, and lets them in no more."""
        self._staff_to_change(call, staff_id, lambda staff, one: staff.take_out(one))
        return SeeOther(f"/staff/{staff_id}", told=_TAKEN_OUT)

    def _staff_to_change(self, call: PageCall, staff_id: str, act: Any) -> None:
        staff = Staff(self.store, self.vault)
        member = staff.member(staff_id, locked=True)
        call.expect(str(member["version"]))
        act(staff, member)

    def _choices(self, partner_id: str | None, library_ids: Collection[str] = ()) -> dict[str, Any]:
        return {
            "roles": ASSIGNABLE, "libraries": self.store.libraries_to_choose(library_ids),
            "municipalities": municipalities.names(), "partners": self.store.partners_to_choose(partner_id),
            "providers": [one.provider for one in self.sign_ins.values()],
        }  # fmt: skip
