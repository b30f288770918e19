"""How a coordinator works with referrals: the pictures of docs/howto/werken-met-aanmeldingen.md."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page

from tests.screenshots.stage import Stage

_NAMES = (
    "Dallamari", "Abrehamsi", "Levytskova", "Haddadani", "Tesfalemi", "Yildanova", "Rahimzar", "Berhanis", "Morozenka",
    "Kidanevi",
)  # fmt: skip
_GOALS = ("speaking", "reading-writing", "computer-digid", "meeting-people", "language-at-home", "study-youth")


def tell(stage: Stage) -> None:
    """A Monday morning with fifteen referrals, and what becomes of some."""
    waiting, held = _fifteen(stage)
    page = stage.open("Sanne Voorbeeld")
    stage.take(page, "werk-eerste-pagina", until=page.locator(".cards"))
    page.goto("/intake/referrals")
    stage.take(page, "werk-soorten", of=page.locator(".views"))
    stage.take(page, "werk-lijst", of=page.get_by_role("table"), until=page.get_by_role("row").nth(4))
    _decide(stage, page, waiting)
    _contact(stage, page, held)
    _place(stage, page, held)
    _talk(stage, page, held)
    stage.take(page, "aanmelding-meer-doen", of=page.locator(".panel--now"))
    stage.take(page, "aanmelding-tijdlijn", of=page.locator("section", has=page.locator("#happened")))
    _who_comes_second(stage, page, held)


def _fifteen(stage: Stage) -> tuple[str, str]:
    """One that waits for a decision, one for which a place is kept, and thirteen others."""
    for number, name in enumerate(_NAMES):
        late = {"days_ago": 11 - number, "late_by": 4 - number} if number < 2 else {"days_ago": 1}
        stage.refer(**late, **_said(name, number, [{"goal": _GOALS[number % len(_GOALS)]}]))
    waiting = stage.refer(days_ago=3, **_said("Qadirovane", 20, [{"goal": "speaking"}]) | {"informed": None})
    for number, name in enumerate(("Sahakyani", "Osmanira")):
        stage.refer(days_ago=2, **_said(name, 30 + number, [{"goal": "speaking"}]) | {"informed": None})
    asked = stage.refer(days_ago=4, **_said("Ghebrezan", 40, [{"goal": "reading-writing"}]))
    held = stage.refer(days_ago=2, **_said("Karimova", 41, [{"goal": "computer-digid"}, {"goal": "reading-writing"}]))
    stage.site.holds_place(held)
    with stage.site.intake.coordinator(stage.library_id) as staff:
        question = {"question": "contact-details", "text": "Het nummer is niet in gebruik. Heb je een ander nummer?"}
        staff.post(f"/referrals/{asked}/questions", json=question).raise_for_status()
    return waiting, held


def _said(name: str, number: int, needs: list[dict[str, str]]) -> dict[str, Any]:
    person = {
        "givenName": "Mariam", "familyName": name, "birthDate": f"19{70 + number % 30}-05-17",
        "phone": f"06-000003{number:02}", "contactLanguage": "Tigrinya", "interpreterNeeded": number % 2 == 1,
    }  # fmt: skip
    return {"participant": person, "needs": needs, "reference": f"DOS-{number}", "remarks": None}


def _decide(stage: Stage, page: Page, waiting: str) -> None:
    page.goto(f"/intake/referrals/{waiting}")
    stage.take(page, "aanmelding-besluiten", of=page.locator(".panel--now"))
    page.goto(f"/intake/referrals/{waiting}/questions")
    page.get_by_label("of de persoon weet van de aanmelding").check()
    page.get_by_label("Je vraag").fill("Weet Mariam van de aanmelding? En wanneer heb je het verteld?")
    stage.take(page, "aanmelding-vragen", of=page.locator("form", has=page.get_by_label("Je vraag")))


def _contact(stage: Stage, page: Page, held: str) -> None:
    page.goto(f"/intake/referrals/{held}")
    stage.take(page, "aanmelding-contact", of=page.locator(".panel--now"))
    page.get_by_role("link", name="Contactpoging vastleggen").click()
    page.get_by_role("radio", name="per telefoon").check()
    page.get_by_role("radio", name="intakegesprek gepland").check()
    soon = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT14:30")
    page.get_by_label("Wanneer is het intakegesprek?").fill(soon)
    form = page.locator("form", has=page.get_by_label("Notitie"))
    stage.take(page, "contactpoging", of=form, until=page.get_by_label("Wanneer is het intakegesprek?"))
    page.get_by_label("Notitie").fill("Belt het liefst na vier uur.")
    page.get_by_role("button", name="Opslaan").click()


def _place(stage: Stage, page: Page, held: str) -> None:
    page.goto(f"/intake/referrals/{held}")
    page.get_by_role("link", name="Ja of nee vastleggen").first.click()
    page.get_by_role("radio", name="Ja: de plek is definitief").check()
    page.get_by_role("radio", name="per telefoon").check()
    form = page.locator("form", has=page.get_by_label("Wanneer hoorde je het?"))
    stage.take(page, "ja-of-nee", of=form, until=page.get_by_role("button", name="Opslaan"))
    page.get_by_role("button", name="Opslaan").click()


def _talk(stage: Stage, page: Page, held: str) -> None:
    page.goto(f"/intake/referrals/{held}/intake-talks")
    page.get_by_role("radio", name="in een gesprek").check()
    page.get_by_label("Leest en schrijft").select_option(label="Alfa B: korte zinnen")
    page.get_by_label("dinsdag avond").check()
    page.get_by_label("Wat wil deze persoon?").fill("Brieven van school lezen.")
    page.get_by_label("Wat hebben jullie afgesproken?").fill("Dinsdagavond naar de taalgroep. Zus past op.")
    found = page.locator("form", has=page.get_by_label("Wat wil deze persoon?"))
    stage.take(page, "intakegesprek", of=found.locator("h2").first, until=found.get_by_label("Hoe wil deze persoon"))
    page.get_by_role("button", name="Opslaan").click()


def _who_comes_second(stage: Stage, page: Page, held: str) -> None:
    page.goto(f"/intake/referrals/{held}/contact-attempts")
    page.get_by_role("radio", name="per telefoon").check()
    page.get_by_role("radio", name="gesproken").check()
    with stage.site.intake.coordinator(stage.library_id) as staff:
        tried = {"channel": "call", "outcome": "no-answer"}
        staff.post(f"/referrals/{held}/contact-attempts", json=tried).raise_for_status()
    page.get_by_role("button", name="Opslaan").click()
    stage.take(page, "iemand-was-je-voor", until=page.locator(".actions"))
