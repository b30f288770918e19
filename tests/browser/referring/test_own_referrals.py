"""A case worker's own list and part of a referral: find, answer, correct, take back; by mouse and by keyboard."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.referring.conftest import LIBRARY, Desk
from tests.browser.test_pages import is_accessible, reach
from tests.support.intake_process import referral

LIST = "/intake/referrals"


def asked(site: Desk, **said: Any) -> dict[str, Any]:
    """A referral about which the library asked how the person can be reached."""
    with site.partner.client() as client, site.intake.coordinator(LIBRARY) as coordinator:
        made: dict[str, Any] = client.post("/referrals", json=referral(**said)).json()
        question = {"question": "contact-details", "text": "Het nummer is niet in gebruik."}
        coordinator.post(f"/referrals/{made['referralId']}/questions", json=question).raise_for_status()
    return made


def test_a_question_stands_on_top_and_is_answered_by_mouse(site: Desk, visit: Open) -> None:
    made = asked(site, reference="DOS-77")
    page = visit("Mirte Dalvoort")
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Aanmeldingen").click()
    expect(page.get_by_role("heading", name="Er wacht")).to_be_visible()
    is_accessible(page)
    page.get_by_role("region", name="Er wacht").get_by_role("link", name=made["referenceNumber"]).click()
    expect(page.get_by_text("Het nummer is niet in gebruik.").first).to_be_visible()
    page.get_by_role("button", name="Antwoord versturen").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Vul dit in.")
    is_accessible(page)
    page.get_by_label("Jouw antwoord").fill("Ze heeft een nieuw nummer.")
    now = page.get_by_role("region", name="De bibliotheek vraagt je iets")
    now.get_by_text("Telefoonnummer of e-mailadres aanpassen").click()
    now.get_by_label("Nieuw telefoonnummer").fill("06-00000124")
    page.get_by_role("button", name="Antwoord versturen").click()
    expect(page.get_by_role("status")).to_contain_text("Je antwoord is naar de bibliotheek gestuurd.")
    expect(page.get_by_text("De vraag is beantwoord")).to_be_visible()
    expect(page.get_by_text("Ze heeft een nieuw nummer.")).to_be_visible()
    expect(page.get_by_text("Qadirovane")).to_have_count(0)


def test_a_referral_is_found_and_taken_back_by_keyboard(site: Desk, visit: Open) -> None:
    with site.partner.client() as client:
        made = client.post("/referrals", json=referral(reference="DOS 78")).json()
    page = visit("Mirte Dalvoort", LIST)
    reach(page, "searchbox", "Nummer of eigen kenmerk")
    page.keyboard.type("dos78")
    page.keyboard.press("Enter")
    expect(page.get_by_role("table").get_by_role("link")).to_have_count(1)
    reach(page, "link", made["referenceNumber"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{made['referralId']}")
    reach(page, "group", "Aanmelding intrekken")
    page.keyboard.press("Enter")
    reach(page, "radio", "niet meer nodig")
    page.keyboard.press("Space")
    is_accessible(page)
    reach(page, "button", "Nu intrekken")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("De aanmelding is ingetrokken.")
    expect(page.get_by_text("Aanmelding intrekken")).to_have_count(0)
    page.goto(LIST)
    page.get_by_label("Nummer of eigen kenmerk").fill(made["referenceNumber"].lower())
    page.get_by_role("button", name="Zoek").click()
    page.wait_for_url(f"**/{made['referralId']}")
    page.goto(f"{LIST}?find=onbekend")
    expect(page.get_by_role("heading", level=2)).to_have_text("Niets gevonden")
    is_accessible(page)
