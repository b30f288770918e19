"""Every action on a referral by its page: what it changes, what is said beside a field, and what is refused and why."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.testing import Harness
from contracts.activities import EnrolmentEnded, PlaceHeld
from services.intake.service import IntakeService
from tests.support.events import event
from tests.support.intake_process import Intake, fresh_place, referral
from tests.support.openid_provider import OpenIdProvider
from tests.support.visitor import Visitor


@dataclass
class Desk:
    """A referral of two needs at a library, and its coordinator before the pages."""

    intake: Intake
    library_id: str
    made: dict[str, Any]
    at: Visitor
    provider: OpenIdProvider

    def sign_in(self, library_id: str) -> None:
        """The coordinator of this library comes to the pages."""
        self.provider.who = {"sub": "sanne", "name": "Sanne Voorbeeld", "roles": ["coordinator"],
                             "libraries": [library_id]}  # fmt: skip
        assert self.at.sign_in("/intake").status_code == 200

    @property
    def page(self) -> str:
        return f"/intake/referrals/{self.made['referralId']}"

    def do(self, action: str, **fields: Any) -> str:
        """Fill in the form of an action and send it; the text of the page where that leads."""
        self.at.open(f"{self.page}/{action}")
        answer = self.at.send(f"{self.page}/{action}", **fields)
        assert answer.status_code == 303, answer.text
        return self.at.follow(answer).text

    def refused(self, action: str, **fields: Any) -> str:
        """The same with something wrong in it: the text of the form as it is shown again."""
        self.at.open(f"{self.page}/{action}")
        answer = self.at.send(f"{self.page}/{action}", **fields)
        assert answer.status_code == 400, answer.text
        return answer.text

    def seen(self) -> dict[str, Any]:
        with self.intake.coordinator(self.library_id) as staff:
            return dict(staff.get(f"/referrals/{self.made['referralId']}").json())

    def needs(self) -> list[str]:
        return [need["needId"] for need in self.made["needs"]]

    def hold(self, need: int = 1) -> str:
        """A place is kept for a need; the id of the enrolment."""
        enrolment, one = str(uuid.uuid4()), self.made["needs"][need]
        data = {
            "referral_id": self.made["referralId"], "need_id": one["needId"], "enrolment_id": enrolment,
            "activity_id": str(uuid.uuid4()), "library_id": self.library_id, "kind": one["kind"],
            "municipality": self.made["municipality"], "starts_at": datetime.now(UTC) + timedelta(days=8),
        }  # fmt: skip
        with Harness(IntakeService, self.intake.database_url, **self.intake.settings) as harness:
            harness.deliver([event(PlaceHeld, enrolment, data)])
        return enrolment


@pytest.fixture
def desk(intake: Intake, visitor: Visitor, provider: OpenIdProvider) -> Desk:
    here = fresh_place()
    library_id = intake.library(here)
    with intake.partner().client() as client:
        made = client.post("/referrals", json=referral(municipality=here)).json()
    here_is = Desk(intake, library_id, made, visitor, provider)
    here_is.sign_in(library_id)
    return here_is


def words(text: str) -> str:
    """What stands on a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_a_question_is_asked_and_its_answer_written_down(desk: Desk) -> None:
    text = words(desk.do("questions", question="contact-details", text="Het nummer is niet in gebruik."))
    assert "De verwijzer moet antwoorden" in text
    assert "Gevraagd: hoe we deze persoon kunnen bereiken" in text
    assert desk.seen()["status"] == "on-hold"
    text = words(desk.do("answers", text="Dit is het nieuwe.", phone="06-00000777"))
    assert "Neem contact op met deze persoon" in text
    assert "+31600000777" in text
    assert "Nieuw: telefoonnummer" in text


def test_an_attempt_a_plan_and_the_talk(desk: Desk) -> None:
    text = words(desk.do("contact-attempts", channel="call", outcome="no-answer", text="Morgen nog eens."))
    assert "per telefoon: geen gehoor Morgen nog eens." in text
    assert "Sanne Voorbeeld" in text.partition("Wat er gebeurd is")[2]
    soon = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT14:30")
    text = words(desk.do("contact-attempts", channel="message-app", outcome="intake-planned", intakeAt=soon))
    assert "Het gesprek is op" in text
    assert "14:30" in text
    text = words(desk.do("intake-talks", channel="in-person", spokenLevel="A2", literacy="latin", literacyHow="test",
                         digitalSkill="basic", learnerTrack="nt2", availability="tue-evening", features="childcare",
                         wishes="Werken met mensen.", agreed="Dinsdag proberen."))  # fmt: skip
    assert "A2: eenvoudig gesprek over dagelijkse dingen" in text
    assert "in een gesprek" in text
    assert "Wensen: Werken met mensen." in text
    assert "dinsdagavond" in text
    seen = desk.seen()
    assert seen["contact"] == "done"


def test_after_three_attempts_in_vain_the_page_says_what_else_there_is(desk: Desk) -> None:
    tried = {"channel": "call", "outcome": "no-answer"}
    text = words(desk.do("contact-attempts", **tried))
    assert "Er is al één keer geprobeerd. De laatste keer:" in text
    desk.do("contact-attempts", **tried)
    assert "niet te pakken" not in words(desk.at.open(desk.page).text)
    text = words(desk.do("contact-attempts", channel="call", outcome="message-left"))
    assert "Er is al 3 keer geprobeerd." in text
    assert re.search(r"bericht achtergelaten\. Probeer het nog eens vanaf: [^.]+\. Krijg je deze persoon niet te", text)
    text = words(desk.do("contact-attempts", channel="call", outcome="details-wrong"))
    assert "nummer of adres klopt niet. Krijg je deze persoon niet te pakken?" in text


def test_a_place_that_a_transfer_ended_is_no_reason_for_having_none(desk: Desk, intake: Intake) -> None:
    enrolment, there = desk.hold(), intake.library(fresh_place())
    desk.do("transfers", libraryId=there, reason="moved")
    one = desk.made["needs"][1]
    data = {
        "referral_id": desk.made["referralId"], "need_id": one["needId"], "enrolment_id": enrolment,
        "activity_id": str(uuid.uuid4()), "library_id": desk.library_id, "kind": one["kind"],
        "municipality": desk.made["municipality"], "starts_at": datetime.now(UTC) + timedelta(days=8),
        "reason": "transferred",
    }  # fmt: skip
    with Harness(IntakeService, intake.database_url, **intake.settings) as harness:
        harness.deliver([event(EnrolmentEnded, enrolment, data, sequence=2)])
    with intake.coordinator(there) as staff:
        answer = staff.post(f"/referrals/{desk.made['referralId']}/decisions", json={"decision": "accept"})
        assert answer.status_code == 201, answer.text
        needs = staff.get(f"/referrals/{desk.made['referralId']}").json()["needs"]
        assert ["transferred"] in [need.get("reasons") for need in needs]
    desk.sign_in(there)
    text = words(desk.at.open(desk.page).text)
    assert "Eerdere plek gestopt toen de aanmelding naar een andere bibliotheek ging" in text
    assert "Nog geen plek" not in text


def test_a_text_that_is_too_long_is_said_and_kept_whole(desk: Desk) -> None:
    pasted = "Zij wil graag \r\n" * 200
    text = desk.refused("contact-attempts", channel="call", outcome="no-answer", text=pasted)
    length = len(pasted.strip().replace("\r\n", "\n"))
    assert f"Er is ruimte voor 2000 tekens, en dit zijn er {length - 2000} meer." in text
    assert text.count("Zij wil graag") == 200
    fits = "x\r\n" * 1000
    assert "x" in desk.do("contact-attempts", channel="call", outcome="no-answer", text=fits)


def test_what_has_ended_has_no_first_meeting_any_more(desk: Desk) -> None:
    desk.hold()
    assert "Eerste bijeenkomst" in words(desk.at.open(desk.page).text)
    text = words(desk.do("closures", needIds=desk.needs(), reason="declined"))
    assert "Eerste bijeenkomst" not in text


def test_a_level_that_is_left_as_it_is_was_not_measured_again(desk: Desk, intake: Intake) -> None:
    rows = "select spoken_level, spoken_level_how, literacy, literacy_how from intake.referral where referral_id = %s"
    desk.do("intake-talks", channel="call", spokenLevel="A1", literacy="alfa-a", digitalSkill="unknown",
            learnerTrack="unknown")  # fmt: skip
    assert intake.rows(rows, desk.made["referralId"]) == [("A1", None, "alfa-a", "talk")]
    desk.do("intake-talks", channel="call", spokenLevel="A1", spokenLevelHow="test", literacy="alfa-a",
            digitalSkill="unknown", learnerTrack="unknown")  # fmt: skip
    assert intake.rows(rows, desk.made["referralId"]) == [("A1", "test", "alfa-a", "talk")]


@pytest.mark.parametrize(("answer", "said"), [("agreed", "De plek is nu voor deze persoon."), ("declined", "Het nee")])
def test_yes_or_no_to_a_place(desk: Desk, answer: str, said: str) -> None:
    enrolment = desk.hold()
    action = f"needs/{desk.needs()[1]}/place"
    assert "Vul dit in." in desk.refused(action, enrolmentId=enrolment, answeredBy="participant")
    text = words(desk.do(action, enrolmentId=enrolment, answer=answer, answeredBy="participant", channel="call"))
    assert said in text
    assert "de deelnemer (opgeschreven door Sanne Voorbeeld)" in text
    again = desk.at.open(f"{desk.page}/{action}")
    assert again.status_code == 409
    assert "Dit kan nu wel:" in again.text


def test_a_need_is_added_also_from_another_one(desk: Desk) -> None:
    text = desk.at.open(f"{desk.page}/needs?fromNeedId={desk.needs()[0]}").text
    assert f'value="{desk.needs()[0]}" selected' in text
    text = words(desk.do("needs", goal="reading-writing", kind="language-group", fromNeedId=desk.needs()[0]))
    assert "De leervraag is toegevoegd. We zoeken er een plek voor." in text
    assert [need["kind"] for need in desk.seen()["needs"]][2] == "language-group"


def test_what_is_known_is_corrected_and_an_empty_list_means_any_time(desk: Desk, intake: Intake) -> None:
    desk.do("changes", spokenLevel="B1", spokenLevelHow="diploma", literacy="unknown", digitalSkill="unknown",
            learnerTrack="nt2", postcode4="7412")  # fmt: skip
    found = intake.rows(
        "select spoken_level, spoken_level_how, availability, features, postcode4 from intake.referral "
        "where referral_id = %s", desk.made["referralId"],
    )  # fmt: skip
    assert found == [("B1", "diploma", [], [], "7412")]


def test_some_needs_are_closed_and_the_others_go_on(desk: Desk) -> None:
    first, second = desk.needs()
    for action in ("closures", "onward"):
        # What cannot be opened again ends only by who ticks it.
        assert not re.search(r'name="needIds"[^>]* checked', desk.at.open(f"{desk.page}/{action}").text)
    assert "Vul dit in." in desk.refused("closures", reason="job", **{"needIds": []})
    text = words(desk.do("closures", needIds=first, reason="goal-reached", text="Ze spreekt nu makkelijk."))
    assert "het doel is bereikt" in text
    assert [need["status"] for need in desk.seen()["needs"]] == ["completed", "accepted"]
    text = words(desk.do("onward", needIds=second, to="language-school", name="Taalschool Noord", warmHandover="yes"))
    assert "Gaat naar: taalschool (persoonlijk voorgesteld)" in text
    assert "Organisatie: Taalschool Noord" in text
    assert "Deze aanmelding is klaar" in text
    assert desk.seen()["status"] == "completed"


def test_a_transfer_gives_it_away_with_all_that_was_written_and_without_names(
    desk: Desk, other: Visitor, provider: OpenIdProvider
) -> None:
    desk.do("contact-attempts", channel="call", outcome="no-answer", text="Woont nu elders.")
    there = desk.intake.library(fresh_place())
    assert "Vul dit in." in desk.refused("transfers", reason="moved")
    text = words(desk.do("transfers", libraryId=there, reason="moved", text="Graag snel."))
    assert "De aanmelding is nu bij de andere bibliotheek." in text
    assert desk.at.get(desk.page).status_code == 404
    for action in ("questions", "contact-attempts", "transfers", "timeline"):
        assert desk.at.get(f"{desk.page}/{action}").status_code == 404
    provider.who = {"sub": "noor", "name": "Noor Voorbeeld", "roles": ["coordinator"], "libraries": [there]}
    text = words(other.sign_in(desk.page).text)
    assert "Neemt de bibliotheek deze aanmelding aan?" in text
    assert "Graag snel." in text
    assert "Woont nu elders." in text
    assert "Sanne Voorbeeld" not in text


@pytest.mark.parametrize(
    ("action", "fields", "said"),
    [
        ("questions", {"question": "other", "text": "Klopt BSN 111222333?"}, "Hier staat een BSN."),
        ("contact-attempts", {"channel": "call", "outcome": "intake-planned"}, "Vul in wanneer het gesprek is."),
        ("contact-attempts", {"channel": "call", "outcome": "intake-planned", "intakeAt": "2020-01-01T10:00"},
         "Dit moment is voorbij."),
        ("contact-attempts", {"channel": "call", "outcome": "reached", "attemptedAt": "gisteren"}, "Dit klopt niet."),
        ("contact-attempts", {"channel": "call", "outcome": "reached", "attemptedAt": "2020-01-01T10:00"},
         "voor de dag van de aanmelding"),
        ("contact-attempts", {"channel": "call", "outcome": "reached", "attemptedAt": "2999-01-01T10:00"},
         "moet nog komen"),
        ("contact-attempts", {"outcome": "reached", "text": "Zij heeft PTSS."}, "Vul dit in."),
        ("closures", {"reason": "declined", "text": "Zij heeft PTSS."}, "over gezondheid"),
        ("onward", {"to": "school"}, "Vul dit in."),
        ("needs", {"kind": "language-group"}, "Vul dit in."),
        ("changes", {"postcode4": "12"}, "Dit klopt niet."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    desk: Desk, action: str, fields: dict[str, str], said: str
) -> None:
    before = desk.seen()
    if action in ("closures", "onward"):
        fields = fields | {"needIds": desk.needs()[0]}
    text = desk.refused(action, **fields)
    assert "<title>Fout: " in text
    assert said in words(text)
    typed = {value for value in fields.values() if " " in value}
    assert all(value in text for value in typed)
    assert desk.seen() == before


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("questions", {"question": "other"}),
        ("contact-attempts", {"channel": "call", "outcome": "reached"}),
        ("transfers", {"libraryId": str(uuid.uuid4()), "reason": "moved"}),
    ],
)
def test_who_comes_second_can_go_on_with_what_they_typed(desk: Desk, action: str, fields: dict[str, str]) -> None:
    desk.at.open(f"{desk.page}/{action}")
    with desk.intake.coordinator(desk.library_id) as staff:
        path = f"/referrals/{desk.made['referralId']}/contact-attempts"
        assert staff.post(path, json={"channel": "call", "outcome": "no-answer"}).status_code == 201
    answer = desk.at.send(f"{desk.page}/{action}", **fields, text="Dit had ik getypt.")
    assert answer.status_code == 412
    assert "Dit had ik getypt." not in answer.text
    kept = re.findall(r'href="([^"]+kept=[^"]+)"', answer.text)
    assert len(kept) == 1
    assert f'href="{desk.page}"' in answer.text
    text = desk.at.open(kept[0]).text
    assert "Dit had ik getypt." in text
    assert "Er is intussen iets veranderd." in text


def test_what_is_not_possible_now_says_what_is(desk: Desk) -> None:
    answer = desk.at.open(f"{desk.page}/answers")
    assert answer.status_code == 409
    text = words(answer.text)
    assert "Dit kan nu wel: de verwijzer iets vragen een contactpoging vastleggen" in text
    assert f'href="{desk.page}"' in answer.text
    desk.do("closures", needIds=desk.needs()[0], reason="job")
    desk.do("closures", needIds=desk.needs()[1], reason="job")
    answer = desk.at.open(f"{desk.page}/questions")
    assert answer.status_code == 409
    assert "Je kunt niets meer doen aan deze aanmelding." in answer.text


def test_what_concerns_several_needs_stands_once_and_says_which(desk: Desk) -> None:
    desk.hold()
    text = desk.at.open(desk.page).text.partition('<ol class="timeline">')[2].partition("</ol>")[0]
    entries = [words(one) for one in text.split("<li")[1:]]
    assert len(entries) == 3
    assert "computer en DigiD" in entries[0]
    assert "spreken oefenen" not in entries[0]
    assert "een vaste regel" in entries[1]
    assert "computer" not in entries[1]


def test_a_long_history_has_a_page_of_its_own(desk: Desk) -> None:
    with desk.intake.coordinator(desk.library_id) as staff:
        path = f"/referrals/{desk.made['referralId']}/contact-attempts"
        for number in range(13):
            said = {"channel": "call", "outcome": "no-answer", "text": f"Poging {number}."}
            assert staff.post(path, json=said).status_code == 201
    text = desk.at.open(desk.page).text
    assert "Poging 12." in text
    assert "Poging 0." not in text
    assert f'href="{desk.page}/timeline"' in text
    first = desk.at.open(f"{desk.page}/timeline?limit=10").text
    assert "Poging 3." in first
    assert "Poging 2." not in first
    following = re.findall(r'href="[^"]*(/intake/referrals/[^"]+)" rel="next"', first)
    last = desk.at.open(following[0].replace("&amp;", "&")).text
    assert "Poging 2." in last
    assert "De aanmelding kwam binnen" in last


@pytest.mark.parametrize("role", ["library-manager", "case-worker", "operations"])
def test_only_coordinators_act(desk: Desk, other: Visitor, provider: OpenIdProvider, role: str) -> None:
    provider.who = {"sub": role, "name": "Iemand", "roles": [role], "libraries": [desk.library_id]}
    other.sign_in("/intake")
    for action in ("questions", "answers", "contact-attempts", "intake-talks", "changes", "needs", "closures",
                   "onward", "transfers", f"needs/{desk.needs()[0]}/place"):  # fmt: skip
        assert other.get(f"{desk.page}/{action}").status_code == 403, action


BARE = {"participant": {"familyName": "Qadirovane", "phone": "06-00000123"}, "spokenLevel": None, "availability": None,
        "features": None, "caseWorker": None, "informed": {"on": "2026-01-05"}}  # fmt: skip


def test_the_talk_asks_first_what_nobody_knows_and_says_why(desk: Desk) -> None:
    with desk.intake.partner().client() as client:
        desk.made = client.post("/referrals", json=referral(**BARE, municipality=desk.made["municipality"])).json()
    text = desk.at.open(f"{desk.page}/intake-talks").text
    asked, _, known = words(text).partition("Al bekend")
    asked = asked.partition("Nog niet bekend")[2]
    for label, why in (
        ("Spreekt Nederlands", "op het juiste niveau"), ("Hoeveel minuten", "niet te ver weg"),
        ("In welke taal kunnen we", "in welke taal dat kan"), ("Is er een tolk nodig?", "bij het volgende gesprek"),
        ("Hoe wil deze persoon bereikt", "sneller"), ("Inburgeringsplicht", "Iedereen mag meedoen"),
        ("Bij welke groep", "Alleen om te tellen"), ("Wanneer kan deze persoon komen?", "op tijden die kunnen"),
        ("Wat nodig is", "waar dat er is"), ("Naam van de verwijzer", "wie je kunt bellen"),
    ):  # fmt: skip
        assert label in asked
        assert why in asked
    assert "Vier cijfers van de postcode" in known
    assert 'value="7411"' in text
    desk.do("intake-talks", channel="in-person", **_FOUND)
    again = words(desk.at.open(f"{desk.page}/intake-talks").text)
    assert "Is er een tolk nodig?" in again.partition("Al bekend")[2]
    assert "Hoe wil deze persoon bereikt" in again.partition("Al bekend")[0]


_FOUND = {
    "spokenLevel": "A1", "literacy": "alfa-b", "digitalSkill": "basic", "learnerTrack": "nt2", "postcode4": "7415",
    "availability": "tue-evening", "travel.minutes": "20", "travel.by": "bicycle", "features": "childcare",
    "civicIntegrationDuty": "yes", "civicIntegrationRoute": "pip", "targetGroup": "status-holder",
    "participant.contactLanguage": "Tigrinya", "participant.interpreterNeeded": "yes",
    "participant.household.adults": "2", "participant.household.childrenAges": "3, 7",
    "informed.language": "Tigrinya", "informed.how": "oral", "informed.interpreter": "no",
    "caseWorker.name": "Joris Velhuizen", "caseWorker.phone": "",
}  # fmt: skip


def _person(desk: Desk) -> dict[str, Any]:
    with desk.intake.coordinator(desk.library_id) as staff:
        return dict(staff.get(f"/participants/{desk.made['participantId']}").json())


def test_what_the_talk_finds_is_kept_shown_prefilled_and_can_be_emptied(desk: Desk) -> None:
    text = words(desk.do("intake-talks", channel="in-person", **_FOUND))
    assert "Nieuw: " in text
    assert "taal voor contact" in text
    assert "Tigrinya" in text
    known = _person(desk)
    assert (known["contactLanguage"], known["interpreterNeeded"]) == ("Tigrinya", True)
    assert known["household"] == {"adults": 2, "childrenAges": [3, 7]}
    assert known["travel"] == {"minutes": 20, "by": ["bicycle"]}
    assert desk.seen()["caseWorker"] == {"name": "Joris Velhuizen"}
    form = desk.at.open(f"{desk.page}/changes").text
    for value in ("Tigrinya", "3, 7", "Joris Velhuizen", "7415"):
        assert f'value="{value}"' in form
    empty = {"participant.contactLanguage": "", "participant.interpreterNeeded": "", "travel.minutes": "",
             "participant.household.adults": ""}  # fmt: skip
    desk.do("changes", **{"spokenLevel": "A1", "literacy": "alfa-b", "postcode4": "7415", **empty})
    known = _person(desk)
    assert [known[name] for name in ("contactLanguage", "interpreterNeeded", "travel", "household")] == [None] * 4
    assert known["civicIntegrationRoute"] == ["pip"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"participant.household.childrenAges": "drie"}, "Dit klopt niet."),
        ({"travel.minutes": "20,5"}, "Dit klopt niet."),
        ({"participant.contactLanguage": "BSN 111222333"}, "Hier staat een BSN."),
        ({"wishes": "Zij heeft PTSS."}, "over gezondheid"),
        ({"civicIntegrationRoute": ["b1-route", "z-route"]}, "Kies één route"),
        ({"caseWorker.phone": "06-00000002"}, "Vul dit in."),
    ],
)
def test_what_the_talk_may_not_hold_is_said_beside_its_field(desk: Desk, fields: dict[str, Any], said: str) -> None:
    before = (desk.seen(), _person(desk))
    text = desk.refused("intake-talks", channel="call", **fields)
    assert said in words(text)
    assert re.search(r'class="field[^"]*field--wrong', text)
    assert (desk.seen(), _person(desk)) == before
