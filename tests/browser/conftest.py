"""What people see: Debian's Chromium before the gateway, the demo's identity provider and an intake process."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from infra.local.needs import browser as installed_browser
from tests.support.intake_process import Intake, referral
from tests.support.issuer import Issuer
from tests.support.local_helper import LocalHelper
from tests.support.servers import TestPostgres, fresh_name

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
class Site:
    """The one address, with a library of Deventer, its coordinator `sanne` and `beheer` of operations."""

    origin: str
    intake: Intake

    def waiting(self) -> str:
        """A fresh referral that waits as nobody told the person; the path of its page."""
        with self.intake.partner().client() as client:
            made = client.post("/referrals", json=referral(informed=None))
        assert made.status_code == 201, made.text
        return f"/intake/referrals/{made.json()['referralId']}"


@pytest.fixture(scope="module")
def site(postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    name, issuer = fresh_name(), Issuer("staff")
    users = tmp_path_factory.mktemp("identity") / "users.json"
    users.write_text(json.dumps(PEOPLE), encoding="utf-8")
    intake = Intake(postgres.create(name), issuer)
    target = json.dumps({"intake": intake.url.removesuffix("/intake")})
    gateway = LocalHelper("infra.local.gateway", "/", GATEWAY_TARGETS=target).start()
    provider = LocalHelper("infra.local.identity_provider", "/", IDENTITY_USERS=str(users)).start()
    row = {"id": "demo", "name": "de demo", "issuer": provider.url, "clientId": "meedoen", "clientSecret": "x"}
    intake.process.start(
        PUBLIC_URL=f"{gateway.url}/intake", TOKEN_ISSUER=intake.url, IDENTITY_PROVIDERS=json.dumps([row])
    )
    intake.library("GM0150", libraryId=LIBRARY, name="Bibliotheek Deventer")
    with intake.partner().client() as client:
        for number in range(MANY):
            client.post("/referrals", json=referral(reference=f"DOS-{number}")).raise_for_status()
    yield Site(gateway.url, intake)
    assert (gateway.stop(), provider.stop(), intake.process.stop()) == (0, 0, 0)
    issuer.stop()
    postgres.drop(name)


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
