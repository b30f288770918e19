"""The documentation says what the code has: codes, settings, events, decisions, and links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts import codes
from contracts.catalogue import SERVICES, told_by

ROOT = Path(__file__).parents[3]
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    ROOT / "examples" / "README.md",
    ROOT / "infra/demo/README.md",
    *ROOT.glob("services/*/README.md"),
]
COMBINED = {"AVAILABILITY_SLOTS", "DAYPARTS"}
"""Code lists that the glossary explains as a whole."""


def test_every_code_is_in_the_glossary() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    lists = {name: value for name, value in vars(codes).items() if isinstance(value, tuple) and name not in COMBINED}
    assert lists
    missing = {name: [code for code in value if f"`{code}`" not in glossary] for name, value in lists.items()}
    assert {name: value for name, value in missing.items() if value} == {}


def test_every_setting_is_in_the_example_and_no_other() -> None:
    read = {
        variable
        for folder in ("chassis", "services")
        for path in (ROOT / folder).rglob("*.py")
        for variable in re.findall(r'\bsetting\(\s*"([A-Z_]+)"', path.read_text())
    }
    written = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    # The gateway's, which reads them itself.
    gateway = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "infra/gateway/trusted.sh").read_text()))
    assert gateway
    assert written == read | gateway


def test_readme_lists_what_each_service_tells() -> None:
    rows = dict(re.findall(r"^\| \[(\w+)\]\(services.*\|(.*)\|$", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert set(rows) == set(SERVICES)
    for service, told in rows.items():
        assert re.findall(r"`([a-z-]+)`", told) == [row.event.slug for row in told_by(service)], service


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(r"^\| \d{4} \| \[.*\]\((.*)\) \|$", (folder / "README.md").read_text(), re.MULTILINE)
    assert listed == sorted(path.name for path in folder.glob("0*.md"))


@pytest.mark.parametrize("page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []
