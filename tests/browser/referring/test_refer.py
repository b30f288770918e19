"""Referring by hand: by mouse, by keyboard alone, with what is wrong, and as far as the letter."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from chassis.pages import session as sessions
from chassis.pages.seals import Seals
from chassis.pages.session import CONFIRM_SECONDS
from tests.browser.conftest import Open
from tests.browser.referring.conftest import Desk
from tests.browser.test_pages import is_accessible, reach

FORM = "/intake/referrals/new"
SEND = "Aanmelding versturen"


def fill_in(page: Page, **changed: str) -> None:
    """What is needed, and a date of birth when one is given."""
    said = {"participant.familyName": "Qadirovane", "participant.phone": "06-00000123", "informed.on": "2026-01-05",
            "informed.language": "Dari", "caseWorker.phone": "06-00000002", **changed}  # fmt: skip
    for name, text in said.items():
        page.locator(f"[name='{name}']").fill(text)
    page.get_by_label("Gemeente waar de persoon woont").select_option(label="Deventer")
    page.get_by_label("computer en DigiD").check()
    page.get_by_label("toestemming van de persoon").check()
    page.get_by_label("mondeling", exact=True).check()
    page.get_by_label("Was er een tolk bij?").select_option(label="Ja")


def groups(page: Page) -> None:
    """Open whatever is closed."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def count(site: Desk) -> int:
    return int(site.intake.rows("select count(*) from intake.referral where partner_id = %s", site.partner.id)[0][0])


def test_a_case_worker_refers_by_mouse_and_prints_the_letter(site: Desk, visit: Open) -> None:
    page = visit("Mirte Dalvoort")
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Iemand aanmelden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Iemand aanmelden")
    expect(page.get_by_label("Jouw naam")).to_have_value("Mirte Dalvoort")
    expect(page.get_by_label("Jouw e-mailadres")).to_have_value("m.dalvoort@example.org")
    expect(page.get_by_label("Gemeente waar de persoon woont").locator("option")).to_have_count(3)
    groups(page)
    is_accessible(page)
    fill_in(page)
    page.get_by_role("button", name="Is er plek?").click()
    expect(page.locator("#room")).to_contain_text("Is er plek in Deventer?")
    expect(page.locator("#room")).to_contain_text("er is plek")
    expect(page.locator("#room")).to_contain_text("Eerste bijeenkomst")
    expect(page.get_by_label("Achternaam")).to_have_value("Qadirovane")
    expect(page).to_have_url(re.compile(f"{FORM}$"))
    page.locator("input[value=mon-morning]").check()
    page.get_by_role("button", name=SEND).click()
    page.wait_for_url("**/confirmation")
    expect(page.get_by_role("heading", level=1)).to_have_text("De aanmelding is verstuurd")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"[2-9CDFGHJKMNPQRTVX]{4}-[2-9CDFGHJKMNPQRTVX]{4}"))
    expect(page.get_by_role("main")).to_contain_text("Bibliotheek Deventer neemt contact op met de persoon, uiterlijk")
    is_accessible(page)
    page.get_by_role("link", name="Brief voor de persoon").click()
    expect(page.get_by_text("In deze taal is er nog geen brief: Dari.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("U bent aangemeld bij de bibliotheek")
    is_accessible(page)
    page.get_by_label("Taal van de brief").select_option(label="English")
    page.wait_for_url("**language=en")
    expect(page.locator("article")).to_have_attribute("lang", "en")
    page.emulate_media(media="print")
    expect(page.get_by_role("banner")).to_be_hidden()
    expect(page.get_by_label("Taal van de brief")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.emulate_media(media="screen")
    page.goto(FORM)
    expect(page.get_by_label("Jouw telefoonnummer")).to_have_value("06-00000002")


def test_the_same_by_keyboard_alone(site: Desk, visit: Open) -> None:
    page = visit("Mirte Dalvoort", FORM)
    reach(page, "textbox", "Achternaam")
    page.keyboard.type("Hassanlo")
    reach(page, "textbox", "Telefoonnummer")
    page.keyboard.type("0600000124")
    reach(page, "combobox", "Gemeente waar de persoon woont")
    page.keyboard.type("Deventer")
    reach(page, "checkbox", "computer en DigiD")
    page.keyboard.press("Space")
    reach(page, "button", "Is er plek?")
    page.keyboard.press("Enter")
    expect(page.locator("#room")).to_contain_text("er is plek")
    expect(page.get_by_role("button", name="Is er plek?")).to_be_focused()
    reach(page, "radio", "toestemming")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("01052026")
    reach(page, "textbox", "In welke taal?")
    page.keyboard.type("Arabisch")
    reach(page, "combobox", "Was er een tolk bij?")
    page.keyboard.type("Nee")
    reach(page, "radio", "mondeling")
    page.keyboard.press("Space")
    reach(page, "group", "Wanneer en hoe ver")
    page.keyboard.press("Enter")
    reach(page, "checkbox", "dinsdag avond")
    page.keyboard.press("Space")
    reach(page, "button", SEND)
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirmation")
    expect(page.get_by_role("heading", level=1)).to_have_text("De aanmelding is verstuurd")


def test_what_is_wrong_is_said_at_once_and_what_was_typed_stays(site: Desk, visit: Open) -> None:
    before = count(site)
    page = visit("Mirte Dalvoort", FORM)
    groups(page)
    page.get_by_label("Achternaam").fill("Qadirovane")
    page.get_by_label("Postcode").fill("bij het station")
    page.get_by_label("Leeftijden van de kinderen").fill("drie")
    page.get_by_label("Eigen kenmerk").fill("BSN 111222333")
    page.get_by_label("Opmerkingen").fill("Ze wil praten over ziekte in het Nederlands.")
    page.get_by_role("button", name=SEND).click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    for said in (
        "Dit is geen postcode.", "Vul een telefoonnummer of een e-mailadres in.", "Hier staat een BSN.",
        "iets over gezondheid", "Deze leeftijden kunnen we niet lezen.", "Kies de grondslag.",
    ):  # fmt: skip
        expect(summary).to_contain_text(said)
    is_accessible(page)
    expect(summary.get_by_role("listitem").first).to_contain_text("Telefoonnummer")
    summary.get_by_role("link", name="Opmerkingen").click()
    expect(page.get_by_label("Opmerkingen")).to_be_focused()
    expect(page.get_by_label("Opmerkingen")).to_have_value("Ze wil praten over ziekte in het Nederlands.")
    fill_in(page, postcode4="7411 AB", reference="DOS-4471", **{"participant.household.childrenAges": "3, 7 en 12"})
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("alert")).to_contain_text("Er klopt één ding nog niet")
    page.locator("input[name=confirmed][value=remarks]").check()
    page.get_by_role("button", name=SEND).click()
    page.wait_for_url("**/confirmation")
    assert count(site) == before + 1


def test_what_nobody_knows_yet_may_be_left_out_after_a_second_look(site: Desk, visit: Open) -> None:
    page = visit("Mirte Dalvoort", FORM, java_script_enabled=False)
    page.get_by_label("Achternaam").fill("Barzanow")
    page.get_by_label("Telefoonnummer").first.fill("06-00000125")
    page.get_by_label("Gemeente waar de persoon woont").select_option(label="Deventer")
    page.get_by_label("weet ik nog niet").check()
    page.get_by_role("button", name="Is er plek?").click()
    expect(page.locator("#room")).to_contain_text("Is er plek in Deventer?")
    expect(page.get_by_label("Achternaam")).to_have_value("Barzanow")
    page.get_by_role("button", name=SEND).last.click()
    expect(page.get_by_role("alert")).to_contain_text("Vul in wanneer de persoon het hoorde.")
    page.get_by_label("Versturen zonder wat ontbreekt").check()
    page.get_by_role("button", name=SEND).last.click()
    page.wait_for_url("**/confirmation")
    expect(page.get_by_role("main")).to_contain_text("Een coördinator van Bibliotheek Deventer kijkt er eerst naar")
    expect(page.get_by_role("main")).to_contain_text("de grondslag ontbreekt")


def test_sent_twice_it_is_one_referral_and_a_second_person_is_another(site: Desk, visit: Open) -> None:
    before = count(site)
    page = visit("Mirte Dalvoort", FORM)
    fill_in(page, **{"participant.familyName": "Tweemaalov"})
    page.get_by_role("button", name=SEND).click()
    page.wait_for_url("**/confirmation")
    first = page.url
    page.go_back()
    fill_in(page, **{"participant.familyName": "Tweemaalov"})
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Waarschijnlijk heeft jouw organisatie deze persoon al aangemeld."
    )
    earlier = page.get_by_role("main").get_by_role("link", name="Aanmelding ")
    assert earlier.get_attribute("href") == first.removeprefix(site.origin).removesuffix("/confirmation")
    assert count(site) == before + 1
    fill_in(page, **{"participant.familyName": "Zusterova"})
    page.get_by_role("button", name=SEND).click()
    page.wait_for_url("**/confirmation")
    assert page.url != first
    assert count(site) == before + 2


def test_who_was_probably_referred_before_is_shown_first(site: Desk, visit: Open) -> None:
    page = visit("Mirte Dalvoort", FORM)
    person = {"participant.familyName": "Bekendova", "participant.birthDate": "1984-02-29"}
    for _ in range(2):
        page.goto(FORM)
        groups(page)
        fill_in(page, **person)
        page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Waarschijnlijk heeft jouw organisatie deze persoon al aangemeld."
    )
    is_accessible(page)
    earlier = page.get_by_role("main").get_by_role("link", name="Aanmelding ")
    expect(earlier).to_have_count(1)
    page.get_by_label("Toch opnieuw aanmelden").check()
    page.get_by_role("button", name=SEND).click()
    page.wait_for_url("**/confirmation")


def test_a_sign_in_that_lapsed_keeps_all_that_was_typed(site: Desk, visit: Open) -> None:
    page = visit("Mirte Dalvoort", FORM)
    groups(page)
    fill_in(page, remarks="Liefst samen met haar zus.")
    site.intake.rows("update intake.staff_session set ended_at = now() returning 1")
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_text("bewaren we twee uur")).to_be_visible()
    page.get_by_role("link", name="Inloggen met de demo").click()
    page.get_by_role("button", name="Mirte Dalvoort").click()
    expect(page.get_by_text("Wat je had ingevuld staat er nog")).to_be_visible()
    expect(page.get_by_label("Achternaam")).to_have_value("Qadirovane")
    expect(page.get_by_label("computer en DigiD")).to_be_checked()
    expect(page.get_by_label("Opmerkingen")).to_have_value("Liefst samen met haar zus.")
    site.intake.rows("update intake.staff_session set ended_at = now() returning 1")
    page.get_by_role("button", name="Is er plek?").click()
    page.get_by_role("link", name="Inloggen met de demo").click()
    page.get_by_role("button", name="Mirte Dalvoort").click()
    expect(page.get_by_label("Achternaam")).to_have_value("Qadirovane")
    page.get_by_role("button", name=SEND).click()
    page.wait_for_url("**/confirmation")


def test_the_look_by_itself_leads_to_the_form(site: Desk, visit: Open) -> None:
    page = visit("Mirte Dalvoort", "/intake/availability")
    is_accessible(page)
    page.get_by_label("Gemeente waar de persoon woont").select_option(label="Deventer")
    page.get_by_role("button", name="Kijk").click()
    expect(page.get_by_role("main")).to_contain_text("Kies de gemeente en minstens één ding om te leren.")
    page.get_by_label("computer en DigiD").check()
    page.get_by_label("lezen en schrijven").check()
    page.get_by_label("Nederlands spreken").select_option(label="A1: losse woorden en korte zinnen")
    page.get_by_role("button", name="Kijk").click()
    expect(page.get_by_role("main")).to_contain_text("er is plek")
    expect(page.get_by_role("main")).to_contain_text("geen plek")
    is_accessible(page)
    page.get_by_role("link", name="Iemand hiervoor aanmelden").click()
    expect(page.get_by_label("Gemeente waar de persoon woont")).to_have_value("GM0150")
    expect(page.get_by_label("computer en DigiD")).to_be_checked()
    expect(page.get_by_label("Nederlands spreken")).to_have_value("A1")


def test_without_a_municipality_nobody_is_referred(visit: Open) -> None:
    page = visit("Leen Voorbeeld", FORM)
    expect(page.get_by_role("heading", level=2)).to_have_text("Je kunt nog niemand aanmelden")
    is_accessible(page)


@pytest.mark.usefixtures("site")
def test_a_coordinator_looks_for_room_and_refers_nobody(visit: Open) -> None:
    page = visit("Sanne Voorbeeld", "/intake/availability?municipality=GM0150&needs=computer-digid")
    expect(page.get_by_role("main")).to_contain_text("er is plek")
    expect(page.get_by_role("link", name="Iemand hiervoor aanmelden")).to_have_count(0)
    page.goto(FORM)
    expect(page.get_by_role("heading", level=1)).to_have_text("Je mag dit niet zien")


def test_who_typed_for_a_long_time_is_still_told_whether_there_is_room(site: Desk, visit: Open) -> None:
    page = visit("Mirte Dalvoort", FORM)
    seals = Seals((base64.urlsafe_b64decode(site.intake.settings["SESSION_KEY"]),))
    cookie = next(one for one in page.context.cookies() if one["name"] == "meedoen-session")
    session = sessions.opened(seals, cookie["value"])
    assert session is not None
    before = time.time() - 3 * CONFIRM_SECONDS
    old = sessions.sealed(seals, replace(session, confirmed_at=before, seen_at=before))
    page.context.add_cookies([{"name": "meedoen-session", "value": old, "url": site.origin}])
    fill_in(page)
    page.get_by_role("button", name="Is er plek?").click()
    expect(page.locator("#room")).to_contain_text("er is plek")
