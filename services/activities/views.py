"""Rows as people see them over HTTP."""

from __future__ import annotations

from typing import Any

from contracts.codes import DROP_IN_KINDS
from services.activities.rows import Row


def activity_payload(row: Row) -> dict[str, Any]:
    """An activity with its free places."""
    levels = {name: row[name] for name in ("lowest_level", "highest_level") if row[name] is not None}
    return row | {
        "free": row["capacity"] - row["taken"],
        "drop_in": row["kind"] in DROP_IN_KINDS,
        "suits": levels | {"literacy": row["literacy"], "age_bands": row["age_bands"]},
    }
