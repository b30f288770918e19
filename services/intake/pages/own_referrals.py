"""A case worker's own list: what waits for their answer on top, then all referrals that they may see, and a search."""

from __future__ import annotations

from typing import Any, Final

from chassis.pages import PageCall
from services.intake import looking
from services.intake.access import Sight
from services.intake.store import IntakeStore
from services.intake.vault import Vault

Row = dict[str, Any]
MOST_ASKED: Final = 10
"""Questions on top of the list; a case worker with more of them finds the others by the status."""


def asked(store: IntakeStore, vault: Vault, sight: Sight) -> list[Row]:
    """What the library asked, newest first."""
    rows = looking.page(store, sight, {"asked": True}, None, MOST_ASKED)
    return looking.summaries(store, vault, sight, rows)


def filters(vault: Vault, sight: Sight, call: PageCall) -> Row:
    """What the list is narrowed to, with the own reference that was looked for."""
    text = call.query.get("find")
    if not text or sight.partner_id is None:
        return call.query
    return call.query | {"reference_index": vault.reference_index(sight.partner_id, text)}


def shown(store: IntakeStore, vault: Vault, sight: Sight, call: PageCall) -> Row:
    """What the page of a case worker has besides."""
    first = not call.arguments
    return {"asked": asked(store, vault, sight) if first else [], "find": call.query.get("find")}
