"""No table grows without an end unseen: something takes its rows away, or the page on privacy says why they stay."""

from __future__ import annotations

import re
from pathlib import Path

from contracts.catalogue import SERVICES

ROOT = Path(__file__).parents[3]
OWNERS = {"chassis": ROOT / "chassis", **{service: ROOT / "services" / service for service in SERVICES}}
PARTITIONS = {"chassis.inbox_default", "chassis.published_default"}
"""Parts of other tables."""


def _named(pattern: str, owner: str, text: str) -> set[str]:
    return {f"{owner}.{name}" for name in re.findall(rf"{pattern} (?:{owner}\.)?(\w+)", text)}


def _tables() -> set[str]:
    """Every table there is."""
    return {
        table
        for owner, folder in OWNERS.items()
        for path in folder.rglob("migrations/*.sql")
        for table in _named(r"(?m)^create (?:unlogged )?table", owner, path.read_text())
    } - PARTITIONS


def _emptied() -> set[str]:
    """Tables that a query takes rows from."""
    return {
        table
        for owner, folder in OWNERS.items()
        for path in folder.rglob("*.sql")
        if path.parent.name != "migrations"
        for table in _named("delete from", owner, path.read_text())
    }


def _kept() -> set[str]:
    """Tables of which the page says why they stay."""
    page = (ROOT / "docs" / "explanation" / "privacy.md").read_text()
    section = page.partition("## What stays, and why")[2].partition("\n## ")[0]
    return set(re.findall(r"`((?:chassis|intake|activities|notifications|reporting)\.\w+)`", section))


def test_each_table_is_emptied_or_its_staying_is_explained() -> None:
    assert _tables() - _emptied() - _kept() == set()


def test_the_page_names_tables_that_there_are() -> None:
    assert _kept()
    assert _kept() - _tables() == set()
