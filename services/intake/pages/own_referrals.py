"""A case worker's own list: what waits for their answer on top, then all referrals that they may see, and a search."""

from __future__ import annotations

from typing import Any, Final

from chassis.http import Problem
from chassis.identity import Caller
from chassis.pages import PageCall
from services.intake import access, looking, worklist
from services.intake.access import Sight
from services.intake.domain.todo import Todo
from services.intake.store import IntakeStore
from services.intake.vault import Vault

Row = dict[str, Any]
MOST_ASKED: Final = 10
"""Questions on top of the list; the others are in the list of those alone."""


def open_questions(store: IntakeStore, caller: Caller) -> int:
    """How many questions wait for this case worker, counted as :mod:`worklist` does; of an organisation that does not
    take part, none.
    """
    try:
        sight = access.sight_of(store, caller)
    except Problem:
        return 0
    return _asked(store, sight) if sight.partner else 0


def _asked(store: IntakeStore, sight: Sight) -> int:
    assigned = None if sight.municipalities is None else sorted(sight.municipalities)
    return store.asked_of_partner(str(sight.partner_id), assigned, worklist.MOST_COUNTED + 1)


def asked(store: IntakeStore, vault: Vault, sight: Sight) -> list[Row]:
    """What the library asked, newest first."""
    rows = looking.page(store, sight, {"asked": True}, None, MOST_ASKED)
    return looking.summaries(store, vault, sight, rows)


def filters(vault: Vault, sight: Sight, call: PageCall) -> Row:
    """What the list is narrowed to, with the own reference that was looked for, or to what was asked."""
    if sight.partner_id is None:
        return call.query
    text, todo = call.query.get("find"), call.query.get("todo")
    found = {"reference_index": vault.reference_index(sight.partner_id, text)} if text else {}
    return call.query | found | ({"asked": True} if todo == Todo.ANSWER else {})


def shown(store: IntakeStore, vault: Vault, sight: Sight, call: PageCall) -> Row:
    """What the page of a case worker has besides."""
    first = not call.arguments
    return {
        "asked": asked(store, vault, sight) if first else [],
        "questions": _asked(store, sight) if first else 0,
        "only_asked": call.query.get("todo") == Todo.ANSWER,
        "find": call.query.get("find"),
    }
