"""Own references of referrals from before they could be looked for: a walk through all referrals, once, makes each
findable. Only intake can read them, so no migration can.
"""

from __future__ import annotations

from typing import Any

import structlog

from chassis import metrics
from chassis.logs import describe
from chassis.sealing import Unopenable
from services.intake.store import IntakeStore
from services.intake.vault import Vault

log = structlog.get_logger()

Row = dict[str, Any]
AT_A_TIME = 200


def index_some(store: IntakeStore, vault: Vault) -> bool:
    """The next of them; whether there may be more. It ends where it meets the newest: those came with their index."""
    walk = store.reference_walk()
    if walk["done_at"] is not None:
        return False
    rows = store.to_index(walk["after"], AT_A_TIME)
    found = [(row["referral_id"], index) for row in rows if (index := _index(vault, row)) is not None]
    store.put_reference_indexes(found)
    more = len(rows) == AT_A_TIME
    store.walk_on(rows[-1]["referral_id"] if rows else walk["after"], done=not more)
    return more


def _index(vault: Vault, row: Row) -> bytes | None:
    """None without a reference, or when nobody can read it any more. Whatever is wrong with one holds up no other."""
    try:
        around = vault.under(row["wrapped_key"], row["participant_id"]).open(row["referral_id"], row["sealed"])
        reference = around.get("reference")
        return vault.reference_index(row["partner_id"], reference) if reference else None
    except Unopenable:
        return None
    except Exception as error:  # noqa: BLE001 (the walk goes on; this one stays as it was, and is named)
        metrics.timer_put_off.labels("index-references").inc()
        log.error("reference_not_indexed", subject=row["referral_id"], failure=describe(error))
        return None
