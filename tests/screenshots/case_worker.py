"""How a case worker refers somebody: the pictures of docs/howto/iemand-aanmelden.md."""

from __future__ import annotations

from typing import Final

from tests.screenshots.stage import DEVENTER, Stage

FORM: Final = "/intake/referrals/new"
SEND: Final = "Aanmelding versturen"


def tell(stage: Stage) -> None:
    """Ten minutes between two appointments."""
    page = stage.open("Femke Voorbeeld", "/intake/availability")
    page.goto("/intake/availability?municipality=GM0150&needs=computer-digid&needs=speaking")
    stage.take(page, "verwijzer-is-er-plek", of="#room")
    page.goto(FORM)
    page.get_by_label("Voornaam").fill("Zahra")
    page.get_by_label("Achternaam").fill("Qadirovane")
    page.get_by_label("Telefoonnummer").first.fill("06-00000123")
    page.get_by_label("Gemeente waar de persoon woont").select_option(label="Deventer")
    page.get_by_label("computer en DigiD").check()
    stage.take(page, "verwijzer-formulier", of="main .reading", until="section[aria-labelledby=what]")
    page.get_by_role("button", name=SEND).click()
    stage.take(page, "verwijzer-ontbreekt", of=page.locator(".alert--warning"))
    page.get_by_label("toestemming van de persoon").check()
    page.get_by_label("mondeling", exact=True).check()
    page.locator("[name='informed.on']").fill("2026-01-05")
    page.locator("[name='informed.language']").fill("Dari")
    page.get_by_label("Was er een tolk bij?").select_option(label="Ja")
    page.get_by_role("button", name=SEND).click()
    page.wait_for_url("**/confirmation")
    stage.take(page, "verwijzer-verstuurd", of="main .reading")
    asked = stage.refer(days_ago=2, reference="DOS-1")
    stage.refer(days_ago=9, reference="DOS-2")
    with stage.site.intake.coordinator(DEVENTER) as coordinator:
        question = {"question": "contact-details", "text": "Het nummer is niet in gebruik. Heb je een ander?"}
        coordinator.post(f"/referrals/{asked}/questions", json=question).raise_for_status()
    page.goto("/intake/referrals")
    stage.take(page, "verwijzer-lijst")
    page.goto(f"/intake/referrals/{asked}")
    stage.take(page, "verwijzer-vraag", of=page.locator(".panel--now"))
