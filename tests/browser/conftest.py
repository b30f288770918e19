"""What people see: Debian's Chromium before the gateway, the demo's identity provider and an intake process."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from infra.local.needs import browser as installed_browser
from tests.support.intake_process import referral
from tests.support.servers import TestPostgres
from tests.support.website import Website, website

PATIENCE_MS = 30_000
LIBRARY = str(uuid.uuid4())
PEOPLE = [
    {
        "sub": "sanne",
        "name": "Sanne Voorbeeld",
        "roles": ["coordinator"],
        "libraries": [LIBRARY],
        "municipalities": ["GM0150"],
    },
    {"sub": "joost", "name": "Joost Voorbeeld", "roles": ["coordinator"], "libraries": [LIBRARY]},
    {"sub": "beheer", "name": "Bea Voorbeeld", "roles": ["operations"]},
]
MANY = 27
"""Referrals that came in complete: more than one page of a list."""


@dataclass(frozen=True)
class Site(Website):
    """The one address, with a library of Deventer, its coordinator `sanne` and `beheer` of operations."""

    def waiting(self) -> str:
        """A fresh referral that waits as nobody told the person; the path of its page."""
        return f"/intake/referrals/{self.refer(informed=None)['referralId']}"

    def refer(self, **said: Any) -> dict[str, Any]:
        """A fresh referral, complete unless something else is said."""
        with self.intake.partner().client() as client:
            made = client.post("/referrals", json=referral(**said))
        assert made.status_code == 201, made.text
        return dict(made.json())


@pytest.fixture(scope="module")
def site(postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with website(postgres, PEOPLE, tmp_path_factory.mktemp("identity")) as web:
        web.intake.library("GM0150", libraryId=LIBRARY, name="Bibliotheek Deventer")
        with web.intake.partner().client() as client:
            for number in range(MANY):
                client.post("/referrals", json=referral(reference=f"DOS-{number}")).raise_for_status()
        yield Site(web.origin, web.intake)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = installed_browser()
    assert found is not None, "Chromium is missing; `make test` installs it on Debian"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Open]:
    """A page of a fresh browser: `visit()`, or signed in and on a page: `visit("sanne", "/intake/referrals")`.

    Whatever the browser complains of (a policy that was broken, a script that failed) fails the test.
    """
    contexts, complaints = [], []
    expect.set_options(timeout=PATIENCE_MS)

    def open_page(who: str | None = None, path: str = "/intake", **options: Any) -> Page:
        # Colours that change slowly would be measured halfway.
        usual = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
        context = chromium.new_context(base_url=site.origin, **usual | options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if _complains(line) else None)
        page.goto(path)
        if who is not None:
            page.get_by_role("link", name="Inloggen met de demo").click()
            page.get_by_role("button", name=who).click()
            page.wait_for_url(f"**{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _complains(line: ConsoleMessage) -> bool:
    # A page that says 404 or 412 is told in the console too, and is meant.
    return line.type in {"error", "warning"} and not line.text.startswith("Failed to load resource")
