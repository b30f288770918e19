"""Signing in, finding a referral and deciding about it: by mouse, by keyboard, without scripts, and for everyone."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Site

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
REJECT = "Deze aanmelding afwijzen"


def is_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 AA that axe finds, no faint text in the dark, nothing to scroll aside on a phone."""
    for scheme, width, rules in (("light", 1280, WCAG), ("dark", 390, {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 844})
        found = Axe().run(page, options=rules).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], f"{page.url} {scheme}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} is wider than {width}"
    page.set_viewport_size({"width": 1280, "height": 844})


def test_a_coordinator_accepts_by_mouse_what_was_not_complete(site: Site, visit: Open) -> None:
    path = site.waiting()
    page = visit("Sanne Voorbeeld")
    expect(page.get_by_role("heading", level=1)).to_have_text("Welkom, Sanne Voorbeeld")
    is_accessible(page)
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Aanmeldingen").click()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(26)
    is_accessible(page)
    page.get_by_label("Status").select_option(label="wacht op besluit")
    page.wait_for_url("**status=requested**")
    page.locator(f"a[href='{path}']").click()
    page.wait_for_url(f"**{path}")
    is_accessible(page)
    page.get_by_role("button", name="Aannemen").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    is_accessible(page)
    summary.get_by_role("link", name="Wanneer hoorde de persoon").click()
    field = page.get_by_label("Wanneer hoorde de persoon")
    expect(field).to_be_focused()
    field.fill("2026-01-05")
    page.get_by_role("button", name="Aannemen").click()
    expect(page.get_by_role("status")).to_contain_text("De aanmelding is aangenomen.")
    expect(page.get_by_text("Zahra Qadirovane")).to_be_visible()
    expect(page.get_by_text("verwerkingenlogboek")).to_be_visible()
    is_accessible(page)


def test_the_same_by_keyboard_alone(site: Site, visit: Open) -> None:
    path = site.waiting()
    page = visit(path=path)
    reach(page, "link", "Inloggen met de demo")
    page.keyboard.press("Enter")
    reach(page, "button", "Sanne Voorbeeld")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Naar de inhoud")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Alle aanmeldingen")).to_be_focused()
    reach(page, "group", "Afwijzen")
    page.keyboard.press("Enter")
    reach(page, "combobox", "Reden")
    page.keyboard.type("was al")
    reach(page, "button", REJECT)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("De aanmelding is afgewezen.")
    expect(page.get_by_text("was al aangemeld").first).to_be_visible()


def reach(page: Page, role: Any, name: str) -> None:
    """Press Tab until it is there, and see where one is."""
    wanted = page.locator("summary", has_text=name) if role == "group" else page.get_by_role(role, name=name)
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.first.evaluate("one => one === document.activeElement"):
            shown = wanted.first.evaluate("one => getComputedStyle(one).outlineStyle")
            assert shown != "none", f"{name} has the focus and does not show it"
            return
    raise AssertionError(f"Tab never comes to {name}")


def _is_kept_until_she_signs_in_again(page: Page) -> None:
    page.get_by_role("button", name=REJECT).click()
    expect(page.get_by_text("bewaren we twee uur")).to_be_visible()
    is_accessible(page)
    page.get_by_role("link", name="Inloggen met de demo").click()
    page.get_by_role("button", name="Sanne Voorbeeld").click()
    expect(page.get_by_text("Wat je had ingevuld staat er nog")).to_be_visible()
    expect(page.get_by_label("Reden")).to_have_value("duplicate")


def test_what_was_typed_is_not_lost_to_a_sign_out_in_another_tab(site: Site, visit: Open) -> None:
    path = site.waiting()
    page = visit("Sanne Voorbeeld", path)
    page.get_by_text("Afwijzen", exact=True).click()
    page.get_by_label("Reden").select_option(label="was al aangemeld")
    tab = page.context.new_page()
    tab.goto("/intake")
    tab.get_by_role("button", name="Uitloggen").click()
    tab.wait_for_url("**/end_session**")
    _is_kept_until_she_signs_in_again(page)


def test_two_coordinators_do_not_overwrite_each_other(site: Site, visit: Open) -> None:
    path = site.waiting()
    first, second = visit("Sanne Voorbeeld", path), visit("Joost Voorbeeld", path)
    for page in (first, second):
        page.get_by_text("Afwijzen", exact=True).click()
        page.get_by_label("Reden").select_option(label="hoort niet bij ons werk")
    first.get_by_role("button", name=REJECT).click()
    expect(first.get_by_role("status")).to_be_visible()
    second.get_by_role("button", name=REJECT).click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Iemand anders was je voor")
    is_accessible(second)
    second.get_by_role("link", name="Bekijk de pagina opnieuw").click()
    expect(second.get_by_text("afgewezen").first).to_be_visible()


def test_a_lapsed_sign_in_keeps_the_form(site: Site, visit: Open) -> None:
    path = site.waiting()
    page = visit("Sanne Voorbeeld", path)
    page.get_by_text("Afwijzen", exact=True).click()
    page.get_by_label("Reden").select_option(label="was al aangemeld")
    site.intake.rows("update intake.staff_session set ended_at = now() returning 1")
    _is_kept_until_she_signs_in_again(page)
    is_accessible(page)


def test_the_button_back_never_asks_to_send_a_form_again(site: Site, visit: Open) -> None:
    path = site.waiting()
    page = visit("Sanne Voorbeeld", path)
    page.get_by_label("Hoe hoorde de persoon").select_option("call")
    page.get_by_role("button", name="Aannemen").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Hoe hoorde de persoon")).to_have_value("call")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Er klopt één ding nog niet")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_label("How was the person told?")).to_have_value("call")
    page.get_by_role("button", name="Nederlands").click()
    page.goto("/intake/referrals")
    page.go_back()
    expect(page.get_by_role("alert")).to_contain_text("Er klopt één ding nog niet")
    expect(page.get_by_label("Hoe hoorde de persoon")).to_have_value("call")
    page.get_by_label("Wanneer hoorde de persoon").fill("2026-01-05")
    page.get_by_role("button", name="Aannemen").click()
    expect(page.get_by_role("status")).to_contain_text("De aanmelding is aangenomen.")
    page.go_back()
    expect(page.get_by_role("heading", level=2).first).to_have_text("Neem contact op met deze persoon")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_pages_work_without_scripts(site: Site, visit: Open) -> None:
    path = site.waiting()
    page = visit("Sanne Voorbeeld", "/intake/referrals", java_script_enabled=False)
    page.get_by_label("Status").select_option(label="aangenomen")
    page.get_by_role("button", name="Toon").click()
    expect(page.get_by_role("row")).to_have_count(26)
    page.get_by_role("link", name="Volgende pagina").click()
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    page.get_by_role("link", name="Naar het begin").click()
    page.goto(path)
    page.get_by_role("button", name="Aannemen").click()
    expect(page.get_by_role("alert")).to_contain_text("Er klopt één ding nog niet")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("alert")).to_contain_text("There is one thing to put right")
    expect(page.get_by_role("heading", name="Does the library take this referral?")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/end_session**")
    page.get_by_role("button", name="Uitloggen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")


def test_operations_let_somebody_in_and_take_them_out(site: Site, visit: Open) -> None:
    newcomer = visit()
    newcomer.get_by_role("link", name="Inloggen met de demo").click()
    newcomer.get_by_label("Een naam").fill("nieuw")
    newcomer.get_by_role("button", name="Inloggen", exact=True).click()
    expect(newcomer.get_by_role("heading", level=2)).to_have_text("Je hebt nog geen rol")
    is_accessible(newcomer)
    page = visit("Bea Voorbeeld", "/intake/staff")
    is_accessible(page)
    page.get_by_role("link", name="nieuw", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("nieuw")
    is_accessible(page)
    page.get_by_label("coördinator").check()
    page.get_by_label("Bibliotheek Deventer").check()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("status")).to_contain_text("De rechten zijn veranderd.")
    expect(page.get_by_label("Bibliotheek Deventer")).to_be_checked()
    newcomer.goto("/intake")
    expect(newcomer.get_by_text("Log opnieuw in.")).to_be_visible()
    page.get_by_role("button", name="Toegang weghalen").click()
    expect(page.get_by_text("mag niet inloggen")).to_be_visible()
    newcomer.get_by_role("link", name="Inloggen met de demo").click()
    newcomer.get_by_label("Een naam").fill("nieuw")
    newcomer.get_by_role("button", name="Inloggen", exact=True).click()
    expect(newcomer.get_by_text("geen toegang meer")).to_be_visible()
    is_accessible(newcomer)
    page.goto("/intake/staff/new")
    page.get_by_role("button", name="Toevoegen").click()
    expect(page.get_by_role("alert")).to_be_focused()
    is_accessible(page)


def test_what_is_empty_or_refused_says_what_to_do(visit: Open) -> None:
    page = visit("Sanne Voorbeeld")
    for path, heading in (
        ("/intake/nowhere", "Deze pagina is er niet"),
        ("/intake/staff", "Je mag dit niet zien"),
        ("/intake/referrals?status=failed", "Aanmeldingen"),
        ("/intake/referrals?status=made-up", "Deze aanvraag klopt niet"),
    ):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()
        is_accessible(page)
