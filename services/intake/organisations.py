"""Registering and changing libraries and partners, and who may still come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from chassis.http import BadInput, Conflict, NotFound
from chassis.revocation import revoke
from contracts.intake import LibraryChanged, LibraryRegistered, PartnerChanged, PartnerRegistered
from services.intake.client_secrets import new_secret
from services.intake.records import new_id
from services.intake.store_organisations import OrganisationStore

Row = dict[str, Any]
Tell = Callable[..., Any]

_LIBRARY = ("name", "mailbox", "language", "serves", "contact_within_days", "closures")
_PARTNER = ("name", "status", "municipalities", "tokens_valid_from")
_OWN = ("name", "status", "municipalities", "purposes", "legal_bases", "legal_basis_text", "feedback")


def register_library(store: OrganisationStore, tell: Tell, wanted: Row) -> tuple[Row, bool]:
    """The library and whether it is new. One with this id, or without a given id this name, stays as it is.

    Raises Conflict when another library has the name.
    """
    store.take_turns()
    named = store.library_named(wanted["name"])
    library_id = wanted.get("library_id") or named or new_id()
    known = store.library(library_id)
    if known is not None:
        return known, False
    if named is not None:
        raise Conflict("Another library has this name.", existing=named)
    store.add_library({**wanted, "library_id": library_id, "serves": merged(wanted["serves"])})
    found = library(store, library_id)
    tell(LibraryRegistered, library_id, **{name: found[name] for name in _LIBRARY})
    return found, True


def change_library(store: OrganisationStore, tell: Tell, library_id: str, wanted: Row) -> Row:
    """The library as it is from now on. Raises Conflict when another has the name."""
    if store.library_named(wanted["name"]) not in (None, library_id):
        raise Conflict("Another library has this name.")
    store.change_library({**wanted, "library_id": library_id, "serves": merged(wanted["serves"])})
    found = library(store, library_id)
    tell(LibraryChanged, library_id, **{name: found[name] for name in _LIBRARY})
    return found


def library(store: OrganisationStore, library_id: str) -> Row:
    """A library with what it serves. Raises NotFound."""
    found = store.library(library_id)
    if found is None:
        raise NotFound("There is no such library.")
    return found


def merged(serves: list[Row]) -> list[Row]:
    """One row per municipality: the kinds of all rows about it, or every kind when one of them says so."""
    kinds: dict[str, set[str] | None] = {}
    for area in serves:
        before = kinds.get(area["municipality"], set())
        every = before is None or not area["kinds"]
        kinds[area["municipality"]] = None if every or before is None else before | set(area["kinds"])
    return [{"municipality": municipality, "kinds": sorted(found or ())} for municipality, found in kinds.items()]


def register_partner(store: OrganisationStore, tell: Tell, wanted: Row) -> tuple[Row, str | None]:
    """The partner and its first secret; without one when it was known.

    Raises Conflict when another has the name, BadInput when nothing says which legal basis `other` is.
    """
    store.take_turns()
    named = store.partner_named(wanted["name"])
    partner_id = wanted.get("partner_id") or named or new_id()
    if store.partner(partner_id) is not None:
        return partner(store, partner_id), None
    if named is not None:
        raise Conflict("Another partner has this name.", existing=named)
    _explained(wanted)
    store.add_partner({"partner_id": partner_id, "tokens_valid_from": store.now, "name": wanted["name"],
                       "legal_basis_text": wanted.get("legal_basis_text"), **_lists(wanted)})  # fmt: skip
    secret = _add_secret(store, partner_id)
    found = partner(store, partner_id)
    tell(PartnerRegistered, partner_id, **{name: found[name] for name in _PARTNER})
    return found, secret


def change_partner(store: OrganisationStore, tell: Tell, before: Row, wanted: Row) -> Row:
    """The partner as it is from now on; suspending it ends its tokens at once. `before` is its locked row."""
    if store.partner_named(wanted.get("name") or before["name"]) not in (None, before["partner_id"]):
        raise Conflict("Another partner has this name.")
    after: Row = {name: wanted.get(name, before[name]) for name in _OWN}
    after |= _lists(after)
    _explained(after)
    suspended = after["status"] == "suspended" and before["status"] != "suspended"
    valid_from = _after_all_issued() if suspended else before["tokens_valid_from"]
    return _changed(store, tell, {**after, "partner_id": before["partner_id"]}, valid_from)


def revoke_secrets(store: OrganisationStore, tell: Tell, before: Row) -> Row:
    """No secret or token of this partner counts any more. `before` is its locked row."""
    store.drop_secrets(before["partner_id"])
    return _changed(store, tell, {name: before[name] for name in ("partner_id", *_OWN)}, _after_all_issued())


def rotate_secret(store: OrganisationStore, partner_id: str) -> str:
    """A further secret beside the newest one so far. `partner_id` is of a locked row."""
    return _add_secret(store, partner_id)


def end_secret(store: OrganisationStore, partner_id: str, secret_id: str) -> Row:
    """One secret counts no more; tokens that it got live on for their ten minutes. `partner_id` is of a locked row.

    Raises NotFound.
    """
    if not store.drop_secret(partner_id, secret_id):
        raise NotFound("There is no such secret, or it is not valid any more.")
    return partner(store, partner_id)


def partner(store: OrganisationStore, partner_id: str) -> Row:
    """A partner with its secrets' dates. Raises NotFound."""
    row = store.partner(partner_id)
    if row is None:
        raise NotFound("There is no such partner.")
    return with_secrets(store, [row])[0]


def with_secrets(store: OrganisationStore, partners: list[Row]) -> list[Row]:
    """Partners with the dates of their secrets."""
    secrets = store.secrets_of([row["partner_id"] for row in partners])
    return [{**row, "client_id": row["partner_id"], "secrets": secrets[row["partner_id"]]} for row in partners]


def _explained(partner: Row) -> None:
    if "other" in partner["legal_bases"] and not (partner.get("legal_basis_text") or "").strip():
        raise BadInput.field("legalBasisText", "The legal basis “other” needs a text that says which.", "required")


def _lists(partner: Row) -> Row:
    """Its lists without repetition; purposes in the order given, for the first is the usual one."""
    sets = {name: sorted(set(partner[name])) for name in ("municipalities", "legal_bases", "feedback")}
    return sets | {"purposes": list(dict.fromkeys(partner["purposes"]))}


def _after_all_issued() -> datetime:
    """Later than any token of a partner whose row is locked; the transaction began before it waited for that lock."""
    return datetime.now(UTC)


def _changed(store: OrganisationStore, tell: Tell, after: Row, valid_from: datetime) -> Row:
    store.change_partner({**after, "tokens_valid_from": valid_from})
    revoke(store, after["partner_id"], valid_from)
    found = partner(store, after["partner_id"])
    tell(PartnerChanged, after["partner_id"], **{name: found[name] for name in _PARTNER})
    return found


def _add_secret(store: OrganisationStore, partner_id: str) -> str:
    secret = new_secret()
    store.add_secret(partner_id, secret.secret_id, secret.argon2_hash)
    return secret.text
