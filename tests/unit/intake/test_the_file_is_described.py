"""The page about the file names every column, code and limit that the code has."""

from __future__ import annotations

import re
from pathlib import Path

from contracts.codes import TRIAGE_REASONS
from services.intake.domain.findings import TEXTS
from services.intake.files import phrases, unreadable
from services.intake.files.columns import COLUMNS, HEADER_WITHIN, key_of

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "reference/referral-file.md").read_text()
GUIDE = (DOCS / "howto/aanmeldingen-met-een-bestand.md").read_text()


def coded(text: str) -> set[str]:
    """Everything that stands between backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def test_every_column_is_described_with_names_that_are_understood() -> None:
    rows = [
        line.split("|") for line in PAGE.split("## Columns")[1].split("\\*")[0].splitlines() if line.startswith("| `")
    ]
    described = {key_of(name) for row in rows for name in coded(row[1])}
    assert described == {column.key for column in COLUMNS} - {"full_name"}
    for row in rows:
        keys = {re.sub(r"_\d$", "", str(key_of(name))) for name in coded(row[1])}
        also = [name.strip() for name in row[2].split(",") if name.strip()]
        assert {re.sub(r"_\d$", "", str(key_of(name))) for name in also} <= keys


def test_every_code_is_described() -> None:
    problems = PAGE.split("## Problems")[1]
    assert set(TEXTS) <= coded(problems)
    assert set(unreadable.TEXTS) <= coded(problems)
    assert set(TRIAGE_REASONS) - {"contact-missing", "transferred"} <= coded(PAGE)


def test_every_word_of_a_list_is_described() -> None:
    for known in (
        phrases.GOALS, phrases.SPOKEN_LEVELS, phrases.LITERACY_LEVELS, phrases.DIGITAL_SKILLS, phrases.LEARNER_TRACKS,
        phrases.DUTIES, phrases.TARGET_GROUPS, phrases.LEGAL_BASES, phrases.FEATURES,
    ):  # fmt: skip
        for choice in known.choices.split(", "):
            assert choice in PAGE.replace("\n", " "), choice
    for goal in phrases.GOALS.choices.split(", "):
        assert goal in GUIDE


def test_limits_are_the_real_ones() -> None:
    assert f"{unreadable.MOST_ROWS:,} rows" in PAGE
    assert f"{unreadable.LARGEST_FILE // 2**20} MB" in PAGE
    assert f"first {HEADER_WITHIN} rows" in PAGE
