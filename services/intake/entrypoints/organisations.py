"""HTTP about libraries and partners."""

from __future__ import annotations

from typing import Any

from chassis.http import Answer, Call, NotFound, Page, endpoint
from chassis.outbox import Teller
from services.intake import organisations
from services.intake.schemas.organisations import (
    Library,
    LibraryDetails,
    LibraryQuery,
    NewLibrary,
    NewPartner,
    NewSecret,
    Partner,
    PartnerChange,
    PartnerQuery,
    RegisteredPartner,
)
from services.intake.store import IntakeStore


class Organisations:
    """Who takes part: libraries with what they serve, and the partners that refer."""

    store: IntakeStore
    tell: Teller

    @endpoint(
        "POST", "/libraries", scope="organisations:write", body=NewLibrary, returns=Library, status=201,
        summary="Register a library", tags=["organisations"], errors=(409,),
        known="This library is registered already; nothing is changed.",
        description="With a known `libraryId`, or the same name, it answers 200 and changes nothing.",
    )  # fmt: skip
    def register_library(self, call: Call) -> Answer:
        library, is_new = organisations.register_library(self.store, self.tell, call.body)
        return _tagged(library, 201 if is_new else 200)

    @endpoint("GET", "/libraries", scope="organisations:write", query=LibraryQuery, returns=Library,
              summary="List libraries", tags=["organisations"])  # fmt: skip
    def list_libraries(self, call: Call) -> Page:
        rows = self.store.libraries(call.query.get("name"), call.cursor, call.limit + 1)
        return Page.of(rows, call, key=lambda row: (row["registered_at"], row["library_id"]))

    @endpoint("GET", "/libraries/<uuid:library_id>", scope="organisations:write", returns=Library,
              summary="See a library", tags=["organisations"], errors=(404,))  # fmt: skip
    def see_library(self, call: Call, library_id: str) -> Answer:
        return _tagged(organisations.library(self.store, library_id))

    @endpoint("PUT", "/libraries/<uuid:library_id>", scope="organisations:write", body=LibraryDetails, returns=Library,
              summary="Change a library", tags=["organisations"], errors=(404, 409, 412))  # fmt: skip
    def change_library(self, call: Call, library_id: str) -> Answer:
        self.store.take_turns()
        call.expect(str(organisations.library(self.store, library_id)["version"]))
        return _tagged(organisations.change_library(self.store, self.tell, library_id, call.body))

    @endpoint(
        "POST", "/partners", scope="organisations:write", body=NewPartner, returns=RegisteredPartner, status=201,
        idempotent=True, summary="Register a partner", tags=["organisations"], errors=(409,),
        known="This partner is registered already; nothing is changed.",
        description="Answers its first client secret, once. With a known `partnerId`, or the same name, it answers 200 "
        "without a secret and changes nothing.",
    )  # fmt: skip
    def register_partner(self, call: Call) -> Answer:
        partner, secret = organisations.register_partner(self.store, self.tell, call.body)
        return _tagged({**partner, "client_secret": secret} if secret else partner, 201 if secret else 200)

    @endpoint("GET", "/partners", scope="organisations:write", query=PartnerQuery, returns=Partner,
              summary="List partners", tags=["organisations"])  # fmt: skip
    def list_partners(self, call: Call) -> Page:
        rows = self.store.partners(call.query, call.cursor, call.limit + 1)
        return Page.of(
            organisations.with_secrets(self.store, rows),
            call,
            key=lambda row: (row["registered_at"], row["partner_id"]),
        )

    @endpoint("GET", "/partners/<uuid:partner_id>", scope="organisations:write", returns=Partner,
              summary="See a partner", tags=["organisations"], errors=(404,))  # fmt: skip
    def see_partner(self, call: Call, partner_id: str) -> Answer:
        return _tagged(organisations.partner(self.store, partner_id))

    @endpoint(
        "PATCH", "/partners/<uuid:partner_id>", scope="organisations:write", body=PartnerChange, returns=Partner,
        summary="Change or suspend a partner", tags=["organisations"], errors=(404, 409, 412),
        description="Suspending ends its tokens at once here, and elsewhere as soon as the event is heard.",
    )  # fmt: skip
    def change_partner(self, call: Call, partner_id: str) -> Answer:
        self.store.take_turns()
        before = self._locked(partner_id)
        call.expect(str(before["version"]))
        return _tagged(organisations.change_partner(self.store, self.tell, before, call.body))

    @endpoint(
        "POST", "/partners/<uuid:partner_id>/secrets", scope="organisations:write", returns=NewSecret, status=201,
        idempotent=True, summary="Give a partner a new secret", tags=["organisations"], errors=(404,),
        description="The newest secret before it stays valid beside it; older ones end. The answer shows it this once.",
    )  # fmt: skip
    def rotate_secret(self, call: Call, partner_id: str) -> dict[str, Any]:
        partner = self._locked(partner_id)
        secret = organisations.rotate_secret(self.store, partner["partner_id"])
        return {"client_id": partner["partner_id"], "client_secret": secret}

    @endpoint(
        "DELETE", "/partners/<uuid:partner_id>/secrets", scope="organisations:write", returns=Partner,
        summary="Revoke all secrets and tokens of a partner", tags=["organisations"], errors=(404,),
    )  # fmt: skip
    def revoke_secrets(self, call: Call, partner_id: str) -> Answer:
        return _tagged(organisations.revoke_secrets(self.store, self.tell, self._locked(partner_id)))

    @endpoint(
        "DELETE", "/partners/<uuid:partner_id>/secrets/<secret_id>", scope="organisations:write", returns=Partner,
        summary="End one secret of a partner", tags=["organisations"], errors=(404,),
        description="For the old one, when the partner uses the new one. Its last tokens live on for ten minutes.",
    )  # fmt: skip
    def end_secret(self, call: Call, partner_id: str, secret_id: str) -> Answer:
        partner = self._locked(partner_id)
        return _tagged(organisations.end_secret(self.store, partner["partner_id"], secret_id))

    def _locked(self, partner_id: str) -> dict[str, Any]:
        partner = self.store.locked_partner(partner_id)
        if partner is None:
            raise NotFound("There is no such partner.")
        return partner


def _tagged(organisation: dict[str, Any], status: int = 200) -> Answer:
    return Answer(organisation, status=status, etag=str(organisation["version"]))
