"""Staff: who signs in, what they may do, and how that ends."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import orjson
import uuid_utils

from chassis.http import BadInput, Conflict, NotFound
from chassis.pages import session as sessions
from chassis.pages.session import Session
from services.intake.domain.access import Access, settled
from services.intake.identity_providers import ASSIGNABLE, Provider
from services.intake.store import IntakeStore
from services.intake.vault import Vault

Row = dict[str, Any]
_NAMELESS: Final = "?"


class TakenOut(Exception):
    """Operations took this person out: the provider still knows them, we let them in no more."""

    tells_no_data = True


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as a provider vouched for them, just now. `id_token` is what it said, to sign out with."""

    provider: Provider
    claims: Row
    id_token: str

    @property
    def subject(self) -> str:
        return str(self.claims["sub"])

    @property
    def name(self) -> str:
        """What to call them: the name, or what else the provider knows."""
        known = (self.claims.get(claim) for claim in ("name", "preferred_username", "email"))
        return str(next((one for one in known if isinstance(one, str) and one), _NAMELESS))[:100]

    @property
    def email(self) -> str | None:
        """The address, where the provider vouches for it."""
        email = self.claims.get("email")
        vouched = self.provider.trusts_email or self.claims.get("email_verified") is True
        return email if isinstance(email, str) and email and vouched else None

    @property
    def access(self) -> Access:
        """What the claims give."""
        part = self.provider.part
        organisations = sorted(part("organisation", self.claims))
        return Access(
            part("roles", self.claims), part("libraries", self.claims), part("municipalities", self.claims),
            organisations[0] if len(organisations) == 1 else None,
        )  # fmt: skip


class Staff:
    """In the transaction of the store."""

    def __init__(self, store: IntakeStore, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    def sign_in(self, identity: Identity) -> Session:
        """A new session, with what claims and assignment give. Raises TakenOut."""
        member = self._known(identity)
        if member["status"] != "active":
            raise TakenOut
        access = settled(identity.access, _assigned(member), ASSIGNABLE)
        session = sessions.begun(
            issuer=identity.provider.issuer, subject=identity.subject, name=identity.name,
            organisation=access.organisation, roles=access.roles, libraries=access.libraries,
            municipalities=access.municipalities,
        )  # fmt: skip
        token = self._vault.seal_text("id-token", orjson.dumps([identity.provider.id, identity.id_token]).decode())
        self._store.begin_session(session.id, member["staff_id"], token)
        return session

    def sign_out(self, session_id: str) -> tuple[str, str] | None:
        """End a session; the id of its provider and its token there, when it was open."""
        sealed = self._store.end_session(session_id)
        if sealed is None:
            return None
        provider_id, token = orjson.loads(self._vault.open_text("id-token", sealed))
        return provider_id, token

    def add(self, provider: str, email: str, assignment: Row) -> Row:
        """Assign somebody who has not signed in yet. Raises BadInput or Conflict."""
        self._store.take_turns()
        index = self._vault.staff_email_index(provider, email)
        if self._store.staff_has_email(index):
            raise Conflict("This address is among the staff already.", code="staff-exists")
        self._check(assignment)
        member = {
            "staff_id": str(uuid_utils.uuid7()), "provider": provider, "person_index": None, "email_index": index,
            "sealed": self._sealed(email, email), "signed_in_at": None,
            **{name: assignment[name] for name in ("roles", "library_ids", "municipalities", "partner_id")},
        }  # fmt: skip
        self._store.add_staff(member)
        return self.member(member["staff_id"])

    def assign(self, member: Row, assignment: Row) -> Row:
        """Change what somebody may do. Open sessions end: the next sign-in has the new rights. Raises BadInput."""
        self._check(assignment)
        self._store.assign_staff(member["staff_id"], assignment)
        self._store.end_sessions_of(member["staff_id"])
        return self.member(member["staff_id"])

    def take_out(self, member: Row) -> Row:
        """From now on no page lets this person in, whatever their provider says."""
        nothing: Row = {"roles": [], "library_ids": [], "municipalities": [], "partner_id": None, "status": "taken-out"}
        return self.assign(member, nothing)

    def member(self, staff_id: str, *, locked: bool = False) -> Row:
        """Somebody, legible. Raises NotFound."""
        row = self._store.locked_staff_member(staff_id) if locked else self._store.staff_member(staff_id)
        if row is None:
            raise NotFound("There is no such member of staff.")
        return self.legible(row)

    def page(self, filters: Row, providers: Collection[str], after: tuple[Any, ...] | None, limit: int) -> list[Row]:
        """Rows as kept, newest first. Addresses are sealed: an `email` is looked for at each of these providers."""
        email = filters.get("email")
        indexes = [self._vault.staff_email_index(one, email) for one in providers] if email else None
        return self._store.staff_page({**filters, "email_indexes": indexes}, after, limit)

    def names_of(
        self, subjects: Collection[str], issuers: Collection[str], libraries: Collection[str]
    ) -> dict[str, str]:
        """What these people of these libraries are called, by the subject of their sign-in; of others, nothing."""
        by_index = {self._vault.staff_index(issuer, one): one for issuer in issuers for one in subjects}
        found = {}
        for index, row in (self._store.staff_of(by_index) if by_index else {}).items():
            known: Row = orjson.loads(self._vault.open_text("staff", row["sealed"]))
            if not frozenset(known.get("libraries") or row["library_ids"]).isdisjoint(libraries):
                found[by_index[index]] = str(known["name"])
        return found

    def email_of(self, session_id: str) -> str | None:
        """The address of who is signed in by this session, as their provider gave it."""
        sealed = self._store.sealed_member_of(session_id)
        known: Row = orjson.loads(self._vault.open_text("staff", sealed)) if sealed else {}
        return known.get("email")

    def legible(self, row: Row) -> Row:
        """A row with name and address."""
        known: Row = orjson.loads(self._vault.open_text("staff", row["sealed"]))
        return {name: value for name, value in row.items() if name != "sealed"} | known

    def _known(self, identity: Identity) -> Row:
        provider, email = identity.provider, identity.email
        known: Row = {
            "person_index": self._vault.staff_index(provider.issuer, identity.subject),
            "email_index": self._vault.staff_email_index(provider.id, email) if email else None,
            "sealed": self._sealed(identity.name, email, identity.access.libraries),
        }
        member = self._found(known)
        if member is None:
            # A first sign-in: whoever signs in or is assigned just now may be the same.
            self._store.take_turns()
            member = self._found(known)
        if member is not None:
            self._store.staff_signed_in(member["staff_id"], **known)
            return member
        nothing: Row = {"roles": [], "library_ids": [], "municipalities": [], "partner_id": None}
        member = {"staff_id": str(uuid_utils.uuid7()), "provider": provider.id, "signed_in_at": self._store.now}
        self._store.add_staff(member | known | nothing)
        return member | nothing | {"status": "active"}

    def _found(self, known: Row) -> Row | None:
        """The row of this person, or the one that waits for their first sign-in; locked."""
        member = self._store.staff_by_person(known["person_index"])
        if member is None and known["email_index"] is not None:
            member = self._store.staff_by_email(known["email_index"])
        return member

    def _sealed(self, name: str, email: str | None, libraries: Collection[str] = ()) -> bytes:
        """With the libraries that their provider claims: who is a colleague of whom is asked where names are shown."""
        said = {"name": name, "email": email, "libraries": sorted(libraries)}
        return self._vault.seal_text("staff", orjson.dumps(said).decode())

    def _check(self, assignment: Row) -> None:
        wanted = assignment["library_ids"]
        if set(wanted) - self._store.names_of_libraries(wanted).keys():
            raise BadInput.field("libraryIds", "There is no such library.", "no-such-library")
        if assignment["partner_id"] and self._store.partner(assignment["partner_id"]) is None:
            raise BadInput.field("partnerId", "There is no such partner.", "no-such-partner")
        if "case-worker" in assignment["roles"] and not assignment["partner_id"]:
            raise BadInput.field("partnerId", "A case worker refers for a partner.", "partner-missing")


def _assigned(member: Row) -> Access:
    return Access(
        frozenset(member["roles"]), frozenset(member["library_ids"]), frozenset(member["municipalities"]),
        member["partner_id"],
    )  # fmt: skip
