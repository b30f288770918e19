"""How operations add a partner: the pictures of docs/howto/een-partner-toevoegen.md."""

from __future__ import annotations

from tests.screenshots.stage import Stage


def tell(stage: Stage) -> None:
    """A Friday afternoon: VluchtelingenWerk Oost-Nederland will refer people, by form and from its own system."""
    page = stage.open("Bea Voorbeeld", "/intake/partners")
    stage.take(page, "partners-lijst")
    page.get_by_role("link", name="Partner toevoegen").click()
    page.get_by_label("Naam van de organisatie").fill("VluchtelingenWerk Oost-Nederland")
    page.get_by_label("alleen uit deze:").check()
    for municipality in ("Deventer", "Olst-Wijhe", "Raalte"):
        page.get_by_label(municipality, exact=True).check()
    stage.take(page, "partner-afspraken", until=page.get_by_role("group", name="Gemeenten"))
    page.get_by_role("button", name="Toevoegen").click()
    secret = page.get_by_label("Geheim", exact=True)
    # No picture of a secret that works anywhere, not even on a stage that is gone.
    secret.evaluate("one => { one.value = 'mds_voorbeeld123_ditIsEenVoorbeeldEnGeenEchtGeheimVanIemand' }")
    stage.take(page, "partner-geheim")
    page.get_by_role("link", name="Ik heb het gekopieerd").click()
    stage.take(page, "partner-systemen", of=page.get_by_role("region", name="Toegang voor systemen"))
    page.get_by_role("link", name="Verwijzer toevoegen").click()
    page.get_by_label("E-mailadres").fill("femke@vluchtelingenwerk.example.org")
    stage.take(page, "partner-verwijzer", until=page.get_by_role("group", name="Rol"))
