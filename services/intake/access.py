"""Whose referrals a caller sees: a partner its own, staff those of their libraries. Of others, not that they exist.

A case worker sees those of their organisation from the municipalities assigned to them, and those of which the
municipality is not known yet; without any assigned, none, and then they refer nobody either. An empty list in a token
and a claim that lacks are the same: nothing. Only of a partner's own machine they mean its whole organisation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from chassis.http import Forbidden, NotFound
from chassis.http.problem import Unauthenticated
from chassis.identity import Caller
from contracts.access import REFERRING
from contracts.ids import is_id
from services.intake.domain.feedback import EVERYTHING
from services.intake.store import IntakeStore

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a caller may see. Of a partner `agreed` says how much of each need; staff see everything."""

    partner: Row | None
    library_ids: list[str] | None
    agreed: Collection[str]
    municipalities: frozenset[str] | None = None
    """Of a case worker: those assigned to them; None for whoever sees all of them."""

    @property
    def partner_id(self) -> str | None:
        return str(self.partner["partner_id"]) if self.partner else None


def sight_of(store: IntakeStore, caller: Caller) -> Sight:
    """Raises Unauthenticated for a suspended or revoked partner."""
    if caller.organisation is not None:
        return sight_of_partner(partner_of(store, caller), caller)
    return Sight(None, own_libraries(caller), EVERYTHING)


def own_libraries(caller: Caller) -> list[str]:
    """The libraries of a member of staff; a claim that is no id of ours is nobody's library. Whoever only refers is of
    none, whatever their token says.
    """
    is_of_staff = caller.organisation is None and caller.roles - REFERRING
    return sorted(filter(is_id, caller.libraries)) if is_of_staff else []


def sight_of_partner(partner: Row, caller: Caller) -> Sight:
    """Of somebody who calls for this partner."""
    assigned = caller.municipalities if caller.kind == "staff" else None
    return Sight(partner, None, frozenset(partner["feedback"]), assigned)


def partner_of(store: IntakeStore, caller: Caller, read: dict[str, Row] | None = None) -> Row:
    """The partner that a caller refers for; `read` remembers, for several callers within one transaction.

    Raises Forbidden, or Unauthenticated when it is suspended or revoked.

    Intake knows of a revocation in the same transaction, so here it counts at once and on every replica.
    """
    if caller.organisation is None:
        raise Forbidden("Only partners refer people.")
    known = read.get(caller.organisation) if read else None
    partner = known or (store.partner(caller.organisation) if is_id(caller.organisation) else None)
    if partner is None:
        raise Forbidden("Your organisation is not registered here.")
    if read is not None:
        read[caller.organisation] = partner
    if partner["status"] == "suspended":
        raise Unauthenticated("Your organisation is suspended.", "invalid_token")
    if caller.kind == "client" and caller.issued_at < partner["tokens_valid_from"].timestamp():
        raise Unauthenticated("The token was revoked.", "invalid_token")
    return partner


def referrer_of(store: IntakeStore, caller: Caller, read: dict[str, Row] | None = None) -> Row:
    """The same, for who sends files or looks at them: a person does so for the municipalities assigned to them."""
    partner = partner_of(store, caller, read)
    if caller.kind == "staff" and not caller.municipalities:
        raise Forbidden("No municipality is assigned to you.")
    return partner


def visible(store: IntakeStore, sight: Sight, referral: Row | None) -> Row:
    """The referral when the caller may know of it. Raises NotFound otherwise."""
    if referral is not None and may_see(store, sight, referral):
        return referral
    raise NotFound("There is no such referral.")


def _is_assigned(sight: Sight, municipality: str | None) -> bool:
    if sight.municipalities is None:
        return True
    return municipality in sight.municipalities if municipality else bool(sight.municipalities)


def may_see(store: IntakeStore, sight: Sight, referral: Row) -> bool:
    if sight.partner is not None:
        return bool(referral["partner_id"] == sight.partner_id) and _is_assigned(sight, referral["municipality"])
    libraries = sight.library_ids or []
    if referral["library_id"] is not None:
        return referral["library_id"] in libraries
    return store.is_unrouted_for(referral["referral_id"], libraries)
