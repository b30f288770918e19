"""What happened to a referral as one list, newest first: who did what about which needs, and what they wrote.

A partner reads as much as was agreed with it. Staff read the name of a colleague of their own library, and of everybody
else in which role they did it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from services.intake.access import Sight
from services.intake.domain.feedback import shown_steps, shows_actors, shows_reasons_of
from services.intake.domain.needs import OF_BOTH, Step
from services.intake.staff import Staff
from services.intake.store import IntakeStore
from services.intake.vault import Vault

Row = dict[str, Any]
_ANSWERS = frozenset({Step.AGREED, Step.DECLINED})


def page(
    store: IntakeStore, vault: Vault, sight: Sight, referral: Row, needs: Sequence[Row], after: int | None, limit: int,
    issuers: Collection[str],
) -> list[Row]:  # fmt: skip
    """Entries, at most so many: `at`, `what`, `by`, `who` (a name or None), `needs` (those that it is about, where that
    is not all), `reasons`, `facts` and `written`. `issuers` are where staff sign in. Behind `after`, a `step_id`.
    """
    rows = store.timeline_of(referral["referral_id"], shown_steps(sight.agreed), after, limit)
    done = store.casework_at(referral["referral_id"], {row["at"] for row in rows})
    answers = store.answers_of(referral["referral_id"]) if any(row["what"] in _ANSWERS for row in rows) else {}
    names: dict[str, str] = {}
    if shows_actors(sight.agreed):
        actors = {row["actor"] for row in rows if row["actor"] and row["by"] != "partner"}
        names = Staff(store, vault).names_of(actors, issuers, frozenset(sight.library_ids or ()))
    key = vault.under(referral["wrapped_key"], referral["participant_id"])
    goals = {need["need_id"]: need["goal"] for need in needs}
    found = []
    for row in rows:
        moment = (row["at"], row["what"])
        record = done.get(moment) if sight.partner is None or row["what"] in OF_BOTH else None
        sealed = record["sealed"] if record else None
        about = [] if len(row["need_ids"]) == len(goals) else [goals[one] for one in row["need_ids"] if one in goals]
        found.append({
            **{name: row[name] for name in ("at", "what", "by", "step_id")},
            "who": names.get(row["actor"]),
            "needs": about,
            "reasons": row["reasons"] if shows_reasons_of(row["what"], sight.agreed) else [],
            "facts": _facts(record) | _said(answers.get(moment)),
            "done_at": record["at"] if record else None,
            "written": key.open(record["casework_id"], sealed) if record and sealed else {},
        })  # fmt: skip
    return found


def _facts(record: Row | None) -> Row:
    facts: Row = record["facts"] if record else {}
    planned = {"intake_at": datetime.fromisoformat(facts["intake_at"])} if facts.get("intake_at") else {}
    return facts | planned


def _said(answer: Row | None) -> Row:
    return {name: answer[name] for name in ("answered_by", "channel", "answered_at")} if answer else {}
