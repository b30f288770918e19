"""What a coordinator does with a referral, from triage to the end: by mouse, by keyboard and without scripts."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Site
from tests.browser.test_pages import is_accessible, reach

PHONE = {"width": 390, "height": 844}


def do(page: Page, action: str) -> None:
    """Go to the page of an action that is not the next one."""
    page.get_by_text("Wat je nog meer kunt doen").click()
    page.get_by_role("link", name=action).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(action)
    is_accessible(page)


def is_told(page: Page, what: str) -> None:
    expect(page.get_by_role("status")).to_contain_text(what)


def pick(page: Page, first: str, wanted: str) -> None:
    """With the keyboard: come to a group of radio buttons and go down to the wanted one."""
    reach(page, "radio", first)
    page.keyboard.press("Space")
    for _ in range(10):
        if page.get_by_role("radio", name=wanted).is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrow never comes to {wanted}")


def test_triage_by_mouse_ask_hear_the_answer_and_accept(site: Site, visit: Open) -> None:
    path = site.waiting()
    page = visit("Sanne Voorbeeld", path)
    do(page, "Iets vragen aan de verwijzer")
    page.get_by_role("button", name="Vragen").click()
    expect(page.get_by_role("alert")).to_be_focused()
    is_accessible(page)
    page.get_by_role("alert").get_by_role("link", name="Wat wil je weten?").click()
    expect(page.get_by_role("radio").first).to_be_focused()
    page.get_by_label("of de persoon weet van de aanmelding").check()
    page.get_by_label("Je vraag").fill("Wanneer heb je het verteld?")
    page.get_by_role("button", name="Vragen").click()
    is_told(page, "Je vraag is verstuurd.")
    expect(page.get_by_role("heading", level=2).first).to_have_text("De verwijzer moet antwoorden")
    is_accessible(page)
    page.get_by_role("link", name="Antwoord van de verwijzer opschrijven").click()
    expect(page.get_by_text("Wanneer heb je het verteld?")).to_be_visible()
    is_accessible(page)
    page.get_by_label("Wat de verwijzer zei").fill("Op 5 januari, in een gesprek.")
    page.get_by_role("button", name="Opslaan").click()
    is_told(page, "Het antwoord is opgeschreven.")
    page.get_by_label("Wanneer hoorde de persoon").fill("2026-01-05")
    page.get_by_role("button", name="Aannemen").click()
    is_told(page, "De aanmelding is aangenomen.")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Neem contact op met deze persoon")
    expect(page.get_by_text("nog 5 werkdagen")).to_be_visible()
    is_accessible(page)


def test_on_a_phone_the_number_to_call_stands_above_the_form(site: Site, visit: Open) -> None:
    made = site.refer()
    page = visit("Sanne Voorbeeld", f"/intake/referrals/{made['referralId']}/contact-attempts", viewport=PHONE)
    call, field = page.locator('a[href^="tel:"]').first.bounding_box(), page.get_by_role("radio").first.bounding_box()
    assert call is not None
    assert field is not None
    assert call["y"] + call["height"] < field["y"]
    assert call["height"] >= 44
    page.get_by_role("button", name="Opslaan").click()
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    said = alert.bounding_box()
    assert said is not None
    assert said["y"] < call["y"], "what is wrong comes first of all"
    is_accessible(page)


def test_a_long_text_is_told_how_much_fits_and_is_kept_whole(site: Site, visit: Open) -> None:
    made = site.refer()
    page = visit("Sanne Voorbeeld", f"/intake/referrals/{made['referralId']}/contact-attempts")
    note = page.get_by_label("Notitie voor jezelf")
    count = page.locator(".field__count")
    note.fill("kort")
    expect(count).to_be_hidden()
    note.fill("x" * 1990)
    expect(count).to_have_text("Tekens die nog passen: 10")
    note.fill("x" * 3000)
    expect(count).to_have_text("Te lang. Tekens te veel: 1000")
    is_accessible(page)
    page.get_by_label("per telefoon").check()
    page.get_by_label("geen gehoor").check()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("alert")).to_contain_text("Er is ruimte voor 2000 tekens, en dit zijn er 1000 meer.")
    expect(note).to_have_value("x" * 3000)
    is_accessible(page)
    note.fill("Morgen nog eens bellen.")
    page.get_by_role("button", name="Opslaan").click()
    is_told(page, "De contactpoging is vastgelegd.")
    expect(page.get_by_text("Probeer het nog eens vanaf:")).to_be_visible()
    is_accessible(page)


def test_contact_intake_talk_and_yes_by_keyboard_alone(site: Site, visit: Open) -> None:
    made = site.refer(needs=[{"goal": "computer-digid"}])
    site.holds_place(made["referralId"])
    page = visit("Sanne Voorbeeld", f"/intake/referrals/{made['referralId']}")
    reach(page, "link", "Contactpoging vastleggen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contact-attempts")
    pick(page, "in een gesprek", "per telefoon")
    pick(page, "gesproken", "intakegesprek gepland")
    reach(page, "textbox", "Wanneer is het intakegesprek?")
    soon = (datetime.now(ZoneInfo("Europe/Amsterdam")) + timedelta(days=2)).replace(hour=14, minute=30)
    page.keyboard.type(soon.strftime("%m%d%Y"))
    page.keyboard.press("Tab")
    page.keyboard.type("0230PM")
    reach(page, "button", "Opslaan")
    page.keyboard.press("Enter")
    is_told(page, "De contactpoging is vastgelegd.")
    reach(page, "link", "Ja of nee vastleggen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/place")
    pick(page, "Ja: de plek is definitief", "Ja: de plek is definitief")
    pick(page, "in een gesprek", "per telefoon")
    reach(page, "button", "Opslaan")
    page.keyboard.press("Enter")
    is_told(page, "De plek is nu voor deze persoon.")
    expect(page.get_by_text("14:30").first).to_be_visible()
    reach(page, "link", "Intakegesprek vastleggen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/intake-talks")
    pick(page, "in een gesprek", "in een gesprek")
    reach(page, "textbox", "Hoeveel minuten kan deze persoon reizen?")
    page.keyboard.type("20")
    reach(page, "textbox", "Wat wil deze persoon?")
    page.keyboard.type("Zelf een brief kunnen schrijven.")
    reach(page, "combobox", "Spreekt Nederlands")
    page.keyboard.type("B1")
    reach(page, "checkbox", "dinsdag avond")
    page.keyboard.press("Space")
    reach(page, "button", "Opslaan")
    page.keyboard.press("Enter")
    is_told(page, "Het intakegesprek is vastgelegd.")
    expect(page.get_by_text("B1: redt zich in de meeste situaties")).to_be_visible()
    expect(page.get_by_text("dinsdagavond")).to_be_visible()
    expect(page.get_by_text("20 minuten")).to_be_visible()


def test_contact_intake_talk_and_no_by_mouse(site: Site, visit: Open) -> None:
    made = site.refer(needs=[{"goal": "computer-digid"}])
    path = f"/intake/referrals/{made['referralId']}"
    page = visit("Sanne Voorbeeld", path)
    page.get_by_role("link", name="Intakegesprek vastleggen").click()
    is_accessible(page)
    page.get_by_role("button", name="Opslaan").click()
    is_accessible(page)
    page.get_by_role("radio", name="in een gesprek").check()
    page.get_by_label("Leest en schrijft").select_option(label="Alfa B: korte zinnen")
    page.get_by_label("Wat hebben jullie afgesproken?").fill("Eerst de cursus, dan verder.")
    page.get_by_role("button", name="Opslaan").click()
    is_told(page, "Het intakegesprek is vastgelegd.")
    is_accessible(page)
    site.holds_place(made["referralId"])
    page.reload()
    expect(page.get_by_role("heading", level=2).first).to_have_text("Vraag of deze persoon de plek wil")
    page.get_by_role("link", name="Ja of nee vastleggen").first.click()
    page.wait_for_url("**/place")
    form = page.url
    page.get_by_role("button", name="Opslaan").click()
    is_accessible(page)
    page.get_by_role("radio", name="Nee").check()
    page.get_by_role("radio", name="per telefoon").check()
    page.get_by_role("button", name="Opslaan").click()
    is_told(page, "Het nee is vastgelegd.")
    page.goto(form)
    expect(page.get_by_role("heading", level=1)).to_have_text("Dit kan nu niet meer")
    is_accessible(page)
    page.get_by_role("link", name="Bekijk de pagina opnieuw").click()
    page.wait_for_url(f"**{path}")


def test_one_need_is_changed_another_referred_onward_and_the_last_closed(site: Site, visit: Open) -> None:
    made = site.refer(needs=[{"goal": "computer-digid"}, {"goal": "reading-writing"}])
    path = f"/intake/referrals/{made['referralId']}"
    page = visit("Sanne Voorbeeld", path, java_script_enabled=False)
    page.goto(f"{path}/changes")
    page.get_by_label("Spreekt Nederlands").select_option(label="A2: eenvoudig gesprek over dagelijkse dingen")
    page.get_by_role("button", name="Opslaan").click()
    is_told(page, "De gegevens zijn verbeterd.")
    page.get_by_role("link", name="Ander soort hulp zoeken").nth(1).click()
    expect(page.get_by_label("Komt dit voort uit")).to_have_value(made["needs"][1]["needId"])
    page.get_by_label("Wat wil deze persoon leren?").select_option(label="spreken oefenen")
    page.get_by_role("button", name="Toevoegen").click()
    is_told(page, "De leervraag is toegevoegd.")
    page.get_by_text("Wat je nog meer kunt doen").click()
    page.get_by_role("link", name="Doorverwijzen").click()
    # What cannot be undone is ticked by whoever wants it.
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    page.get_by_role("checkbox", name="lezen en schrijven").check()
    page.get_by_label("Wat voor organisatie?").select_option(label="taalschool")
    page.get_by_role("radio", name="Ja, ik ging mee").check()
    page.get_by_role("button", name="Doorverwijzen").click()
    is_told(page, "waar deze persoon naartoe gaat")
    page.get_by_text("Wat je nog meer kunt doen").click()
    page.get_by_role("link", name="Afsluiten").click()
    for goal in ("computer en DigiD", "spreken oefenen"):
        page.get_by_role("checkbox", name=goal).check()
    page.get_by_role("radio", name="het doel is bereikt").check()
    page.get_by_role("button", name="Afsluiten").click()
    is_told(page, "Het is afgesloten.")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Deze aanmelding is klaar")


def test_a_referral_is_closed_and_another_transferred_by_keyboard_alone(site: Site, visit: Open) -> None:
    site.intake.library("GM0177", name="Bibliotheek Raalte")
    closed = site.refer(needs=[{"goal": "computer-digid"}])
    page = visit("Sanne Voorbeeld", f"/intake/referrals/{closed['referralId']}")
    reach(page, "group", "Wat je nog meer kunt doen")
    page.keyboard.press("Enter")
    reach(page, "link", "Afsluiten")
    page.keyboard.press("Enter")
    page.wait_for_url("**/closures")
    is_accessible(page)
    pick(page, "de deelnemer wil dit niet", "verhuisd")
    reach(page, "button", "Afsluiten")
    page.keyboard.press("Enter")
    is_told(page, "Het is afgesloten.")
    moved = site.refer(needs=[{"goal": "computer-digid"}])
    page.goto(f"/intake/referrals/{moved['referralId']}")
    reach(page, "group", "Wat je nog meer kunt doen")
    page.keyboard.press("Enter")
    reach(page, "link", "Overdragen aan een andere bibliotheek")
    page.keyboard.press("Enter")
    page.wait_for_url("**/transfers")
    is_accessible(page)
    reach(page, "combobox", "Naar welke bibliotheek?")
    page.keyboard.type("Bibliotheek Raalte")
    pick(page, "de persoon is verhuisd", "de persoon is verhuisd")
    reach(page, "button", "Overdragen")
    page.keyboard.press("Enter")
    is_told(page, "De aanmelding is nu bij de andere bibliotheek.")
    page.wait_for_url("**/intake/referrals")


def test_the_list_shows_what_to_do_and_finds_by_number(site: Site, visit: Open) -> None:
    made = site.refer()
    page = visit("Sanne Voorbeeld")
    page.get_by_role("link", name="contact opnemen").click()
    expect(page.get_by_role("navigation", name="Wat er moet gebeuren").locator("[aria-current]")).to_contain_text(
        "contact opnemen"
    )
    is_accessible(page)
    page.get_by_label("Nummer van de aanmelding").fill("2222-2222")
    page.get_by_role("button", name="Zoeken").click()
    expect(page.get_by_text("Er is geen aanmelding met dit nummer")).to_be_visible()
    is_accessible(page)
    page.get_by_label("Nummer van de aanmelding").fill(made["referenceNumber"].lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(made["referenceNumber"])
    page.goto(f"/intake/referrals/{made['referralId']}/timeline")
    is_accessible(page)


def test_what_was_typed_is_not_lost_when_somebody_else_was_first(site: Site, visit: Open) -> None:
    made = site.refer()
    path = f"/intake/referrals/{made['referralId']}"
    page = visit("Sanne Voorbeeld", f"{path}/intake-talks")
    page.get_by_label("Wat wil deze persoon?").fill("Een heel lang verhaal.")
    page.get_by_role("radio", name="in een gesprek").check()
    site.holds_place(made["referralId"], need=1)
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Iemand anders was je voor")
    is_accessible(page)
    page.get_by_role("link", name="Verder met wat je had ingevuld").click()
    expect(page.get_by_label("Wat wil deze persoon?")).to_have_value("Een heel lang verhaal.")
    expect(page.get_by_text("Er is intussen iets veranderd.")).to_be_visible()
    is_accessible(page)
    page.get_by_role("button", name="Opslaan").click()
    is_told(page, "Het intakegesprek is vastgelegd.")


def test_on_a_phone_who_it_is_comes_before_what_happened(site: Site, visit: Open) -> None:
    page = visit("Sanne Voorbeeld", f"/intake/referrals/{site.refer()['referralId']}")
    of = {name: page.get_by_role("heading", name=name, exact=True) for name in ("Wie het is", "Wat er gebeurd is")}
    wide = {name: one.bounding_box() for name, one in of.items()}
    page.set_viewport_size({"width": 390, "height": 844})
    narrow = {name: one.bounding_box() for name, one in of.items()}
    assert narrow["Wie het is"]["y"] < narrow["Wat er gebeurd is"]["y"]  # type: ignore[index]
    assert wide["Wie het is"]["x"] > wide["Wat er gebeurd is"]["x"]  # type: ignore[index]
