"""Rows of the store as the answers that schemas describe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.reporting.domain import (
    FUNNEL,
    NEED_STATES,
    REFERRAL_STATES,
    UNKNOWN_ID,
    View,
    counts_of,
    missing,
    protect,
)

Row = Mapping[str, Any]
NOTHING: Row = {"persons": 0, "referrals_overdue": 0} | {
    f"{unit}_{state}": 0
    for unit, states in (("referrals", REFERRAL_STATES), ("needs", NEED_STATES))
    for state in states
}
"""The sums of no cells at all."""


def key_of(row: Row) -> tuple[str, ...]:
    """What orders rows of aggregates, and where the next page begins."""
    return tuple(row[name] for name in ("month", "municipality", "library_id", "partner_id", "kind"))


def counts(row: Row, view: View, below: int) -> dict[str, Any]:
    """The counts of a row as this caller may see them."""
    persons = int(row["persons"])
    found = counts_of(row)
    if not view.protected:
        return {**found, "persons": persons}
    return {**protect(found, persons, below), "persons": None if 0 < persons < below else persons}


def aggregate(row: Row, by: Sequence[str], view: View, below: int) -> dict[str, Any]:
    """One row of aggregates, with the fields that were asked for."""
    fields: dict[str, dict[str, Any]] = {
        "month": {"month": row["month"]},
        "municipality": {"municipality": row["municipality"] or None},
        "library": {
            "library_id": None if row["library_id"] == UNKNOWN_ID else row["library_id"],
            "library_name": row["library_name"],
        },
        "partner": {"partner_id": row["partner_id"], "partner_name": row["partner_name"]},
        "kind": {"kind": row["kind"]},
    }
    asked = [fields[dimension] for dimension in fields if dimension in by]
    return {name: value for part in asked for name, value in part.items()} | counts(row, view, below)


def funnel(rows: Sequence[Row], view: View, below: int) -> dict[str, Any]:
    """The steps of the path in order, from the row of sums over all."""
    found = counts(rows[0] if rows else NOTHING, view, below)
    steps = [{"step": step, "unit": unit, "count": found[unit][step.replace("-", "_")]} for step, unit in FUNNEL]
    return {"steps": steps, "persons": found["persons"]}


def receipt(row: Row) -> dict[str, Any]:
    """What was heard of one subject, with the gaps in it."""
    beyond = row["beyond"]
    return {
        "source": row["source"],
        "subject": row["subject"],
        "contiguous_to": row["contiguous_to"],
        "last_sequence": max([row["contiguous_to"], *beyond]),
        "missing": [{"first": first, "last": last} for first, last in missing(row["contiguous_to"], beyond)],
    }
