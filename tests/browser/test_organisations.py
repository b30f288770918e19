"""Operations register VluchtelingenWerk and a library: by mouse, by keyboard, without scripts, and for everyone."""

from __future__ import annotations

import re
import uuid

from playwright.sync_api import Page, expect

from tests.browser.conftest import LIBRARY, Open, Site
from tests.browser.test_pages import is_accessible, reach

BEA = "Bea Voorbeeld"
SECRET = re.compile(r"mds_[a-z0-9]{12}_[A-Za-z0-9_-]{43}")


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(text))


def test_a_partner_is_registered_and_its_secret_is_shown_once(visit: Open) -> None:
    name = f"VluchtelingenWerk {uuid.uuid4().hex[:6]}"
    page = visit(BEA)
    page.get_by_role("main").get_by_role("link", name="Partners").click()
    is_accessible(page)
    page.get_by_role("link", name="Partner toevoegen").click()
    page.get_by_role("button", name="Toevoegen").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    is_accessible(page)
    summary.get_by_role("link", name="Naam van de organisatie").click()
    page.keyboard.type(name)
    page.get_by_label("alleen uit deze:").check()
    page.get_by_label("Deventer").check()
    page.get_by_label("Raalte").check()
    page.get_by_role("button", name="Toevoegen").click()
    heading(page, "Kopieer het geheim nu")
    is_accessible(page)
    secret = page.get_by_label("Geheim", exact=True).input_value()
    assert SECRET.fullmatch(secret)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Kopieer Geheim").click()
    expect(page.get_by_role("status").last).to_have_text("Gekopieerd")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_role("link", name="Ik heb het gekopieerd").click()
    heading(page, name)
    is_accessible(page)
    expect(page.get_by_text("Deventer, Raalte")).to_be_visible()
    # Neither the button Back nor the history brings it again.
    page.go_back()
    heading(page, "Het geheim is al getoond")
    assert secret not in page.content()
    is_accessible(page)


def test_a_secret_is_replaced_and_one_that_leaked_is_ended(site: Site, visit: Open) -> None:
    partner = site.intake.partner(name=f"Taalschool {uuid.uuid4().hex[:6]}")
    page = visit(BEA, f"/intake/partners/{partner.id}")
    page.get_by_role("link", name="Nieuw geheim maken").click()
    is_accessible(page)
    page.get_by_role("button", name="Maak het geheim").click()
    page.get_by_role("link", name="Ik heb het gekopieerd").click()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(3)
    page.get_by_role("link", name="Maak ongeldig").first.click()
    heading(page, "Dit geheim ongeldig maken?")
    is_accessible(page)
    page.get_by_role("button", name="Ja, maak dit geheim ongeldig").click()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="Gelekt?").click()
    is_accessible(page)
    page.get_by_role("link", name="Nee, terug").click()
    page.get_by_role("link", name="Gelekt?").click()
    page.get_by_role("button", name="Ja, maak alles ongeldig").click()
    expect(page.get_by_text("Er is geen geheim.")).to_be_visible()
    is_accessible(page)


def test_a_partner_is_stopped_and_goes_on_by_keyboard_alone(site: Site, visit: Open) -> None:
    partner = site.intake.partner(name=f"Welzijn {uuid.uuid4().hex[:6]}")
    page = visit(BEA, f"/intake/partners/{partner.id}")
    reach(page, "link", "Stop deze partner")
    page.keyboard.press("Enter")
    heading(page, "stoppen")
    is_accessible(page)
    reach(page, "button", "Ja, stop deze partner")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("De partner is gestopt.")
    is_accessible(page)
    reach(page, "button", "Laat weer meedoen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("weer mensen aanmelden")


def test_the_same_without_scripts(visit: Open) -> None:
    name = f"Gemeente {uuid.uuid4().hex[:6]}"
    page = visit(BEA, "/intake/partners/new", java_script_enabled=False)
    page.get_by_label("Naam van de organisatie").fill(name)
    page.get_by_label("uit alle gemeenten").check()
    page.get_by_role("button", name="Toevoegen").click()
    heading(page, "Kopieer het geheim nu")
    expect(page.get_by_role("button", name="Kopieer")).to_have_count(0)
    assert SECRET.fullmatch(page.get_by_label("Geheim", exact=True).input_value())
    page.reload()
    heading(page, "Het geheim is al getoond")
    page.get_by_role("link", name=f"Naar {name}").click()
    page.get_by_role("link", name="Afspraken wijzigen").click()
    page.get_by_label("waarom het is gestopt").check()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("status")).to_contain_text("De wijzigingen zijn opgeslagen.")
    expect(page.get_by_role("main")).to_contain_text("waarom het is gestopt")


def test_a_library_gets_municipalities_a_deadline_and_closing_weeks(visit: Open) -> None:
    page = visit(BEA, "/intake/libraries")
    is_accessible(page)
    page.get_by_role("link", name="Bibliotheek toevoegen").click()
    is_accessible(page)
    page.get_by_label("Naam van de bibliotheek").fill(f"Bibliotheek Salland {uuid.uuid4().hex[:6]}")
    page.get_by_label("E-mailadres voor berichten").fill("taalhuis@example.org")
    page.get_by_label("Raalte").check()
    page.get_by_role("button", name="Toevoegen").click()
    expect(page.get_by_role("status")).to_contain_text("doet vanaf nu mee")
    page.get_by_role("button", name="Sluiting toevoegen").click()
    expect(page.get_by_role("alert")).to_be_focused()
    is_accessible(page)
    page.get_by_label("Eerste dag").fill("2026-12-21")
    page.get_by_label("Laatste dag").fill("2027-01-03")
    page.get_by_role("button", name="Sluiting toevoegen").click()
    expect(page.get_by_text("21 december 2026 tot en met 3 januari 2027")).to_be_visible()
    page.get_by_label("Nog een gemeente").select_option(label="Deventer")
    page.get_by_role("button", name="Gemeente toevoegen").click()
    expect(page.get_by_text("Hier werken ook andere bibliotheken.")).to_be_visible()
    is_accessible(page)
    page.get_by_role("link", name="Deventer").click()
    page.get_by_label("alleen deze soorten:").check()
    page.get_by_label("taalcafé").check()
    is_accessible(page)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("table")).to_contain_text("taalcafé")
    page.get_by_role("link", name="Gegevens wijzigen").click()
    page.get_by_label("Werkdagen om contact op te nemen").fill("3")
    is_accessible(page)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_text("3 werkdagen")).to_be_visible()


def test_only_operations_come_here(visit: Open) -> None:
    page = visit("Sanne Voorbeeld")
    for path in ("/intake/partners", "/intake/libraries", f"/intake/libraries/{LIBRARY}"):
        page.goto(path)
        heading(page, "Je mag dit niet zien")
    expect(page.get_by_role("navigation", name="Menu").get_by_role("link", name="Partners")).to_have_count(0)
