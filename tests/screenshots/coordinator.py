"""How a coordinator works with referrals: the pictures of docs/howto/werken-met-aanmeldingen.md."""

from __future__ import annotations

from tests.screenshots.stage import Stage


def tell(stage: Stage) -> None:
    """A Monday morning."""
    waiting = stage.refer(days_ago=1, informed=None, reference="DOS-1")
    held = stage.refer(days_ago=2, needs=[{"goal": "computer-digid"}, {"goal": "speaking"}], reference="DOS-2")
    stage.site.holds_place(held)
    page = stage.open("Sanne Voorbeeld", "/intake/referrals")
    stage.take(page, "aanmeldingen-lijst")
    page.goto(f"/intake/referrals/{waiting}")
    stage.take(page, "aanmelding-besluiten", of=page.locator(".panel--now"))
    page.goto(f"/intake/referrals/{held}")
    stage.take(page, "aanmelding-nu-doen", of=page.locator(".panel--now"))
