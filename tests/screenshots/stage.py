"""Where stories are played: intake's pages with a library, a partner and people who sign in, and a camera."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from infra import fresh
from infra.local.needs import browser as installed_browser
from infra.local.postgres import Postgres
from tests.support.intake_process import Partner, referral
from tests.support.room import activities_with_room
from tests.support.servers import TestPostgres
from tests.support.website import Website, website

DEVENTER: Final = "01970001-0000-7000-8000-000000000001"
RAALTE: Final = "01970001-0000-7000-8000-000000000002"
NAME: Final = "Bibliotheek Deventer"
PARTNER: Final = "01970001-0000-7000-8000-000000000003"
PEOPLE: Final = (
    {"sub": "sanne", "name": "Sanne Voorbeeld", "roles": ["coordinator"], "libraries": [DEVENTER]},
    {"sub": "joost", "name": "Joost Voorbeeld", "roles": ["coordinator"], "libraries": [DEVENTER]},
    {"sub": "bea", "name": "Bea Voorbeeld", "roles": ["operations"]},
    {"sub": "femke", "name": "Femke Voorbeeld", "roles": ["case-worker"], "org": PARTNER, "municipalities": ["GM0150"]},
)
LARGEST: Final = 120_000
"""Bytes of a picture: who reads the page on a phone waits for each."""


@dataclass
class Stage:
    """A browser before the pages. Stories prepare what there is to see by the API, and take pictures by name."""

    site: Website
    browser: Browser
    folder: Path
    partner: Partner
    library_id: str = DEVENTER

    def open(self, who: str, path: str = "/intake", **options: Any) -> Page:
        """A fresh browser in which this person of :data:`PEOPLE` signed in and went to a page."""
        usual = {"viewport": {"width": 1040, "height": 800}, "reduced_motion": "reduce", "locale": "nl-NL"}
        page = self.browser.new_context(base_url=self.site.origin, **usual | options).new_page()
        page.goto(path)
        page.get_by_role("link", name="Inloggen met de demo").click()
        page.get_by_role("button", name=who).click()
        page.wait_for_url(f"**{path}")
        return page

    def take(self, page: Page, name: str, *, of: str | Locator = "main", until: str | Locator | None = None) -> None:
        """A picture of one part of the page; of its upper part, down to the end of `until`, when that is given."""
        expect(page.get_by_role("main")).to_be_visible()
        part = _found(page, of)
        # A ring around what has the focus belongs on no picture, nor a pointer that hovers.
        page.evaluate("document.activeElement && document.activeElement.blur()")
        page.mouse.move(0, 0)
        page.evaluate("scrollTo(0, 0)")
        target = self.folder / f"{name}.png"
        if until is None:
            part.screenshot(path=target, animations="disabled")
        else:
            page.screenshot(path=target, animations="disabled", full_page=True, clip=_upper(part, _found(page, until)))
        size = target.stat().st_size
        assert size <= LARGEST, f"{target.name} has {size} bytes: take a smaller part of the page"
        print(f"{size // 1000:4} kB  {target.name}")  # noqa: T201 (a command that says what it made)

    def refer(self, *, days_ago: int = 0, late_by: int = 0, **said: Any) -> str:
        """A referral of the partner, received so many days ago; its id. `late_by` moves the deadline before today."""
        with self.partner.client() as client:
            answer = client.post("/referrals", json=referral(**said))
        assert answer.status_code == 201, answer.text
        made = str(answer.json()["referralId"])
        today = datetime.now(UTC)
        if days_ago:
            self.site.intake.rows(
                "with a as (update intake.need_step s set at = %s from intake.need n "
                "where n.need_id = s.need_id and n.referral_id = %s) "
                "update intake.referral set received_at = %s where referral_id = %s returning 1",
                today - timedelta(days=days_ago), made, today - timedelta(days=days_ago), made,
            )  # fmt: skip
        if late_by:
            self.site.intake.rows(
                "update intake.referral set contact_by = %s where referral_id = %s returning 1",
                (today - timedelta(days=late_by)).date(), made,
            )  # fmt: skip
        return made


def _found(page: Page, what: str | Locator) -> Locator:
    return page.locator(what).first if isinstance(what, str) else what


def _upper(part: Locator, last: Locator) -> Any:
    whole, end = part.bounding_box(), last.bounding_box()
    assert whole is not None
    assert end is not None
    return whole | {"height": end["y"] + end["height"] - whole["y"] + 12}


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """A stage with a library in Deventer, another in Raalte, and a partner; all of it goes afterwards."""
    found = installed_browser()
    assert found is not None, "Chromium is missing; `make screenshots` installs it on Debian"
    with tempfile.TemporaryDirectory(prefix="meedoen-screenshots-") as place:
        server = Postgres(Path(place) / "postgres").start()
        try:
            postgres, key = TestPostgres(server.databases), fresh.master_key()
            with (
                activities_with_room(postgres, DEVENTER, NAME, ("GM0150",), session_key=key) as activities,
                website(postgres, PEOPLE, Path(place), SESSION_KEY=key, ACTIVITIES_URL=activities) as site,
                sync_playwright() as playwright,
            ):
                site.intake.library("GM0150", libraryId=DEVENTER, name=NAME)
                site.intake.library("GM0177", libraryId=RAALTE, name="Bibliotheek Raalte")
                partner = site.intake.partner(partnerId=PARTNER, name="VluchtelingenWerk Deventer")
                browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
                yield Stage(site, browser, folder, partner)
                browser.close()
        finally:
            server.stop_at_once()
