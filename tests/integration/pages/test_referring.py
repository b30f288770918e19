"""Referring by hand where a browser adds nothing: sent twice at once, a form without its key, and who learns what."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.intake_process import Intake, Partner, referral
from tests.support.openid_provider import OpenIdProvider
from tests.support.visitor import Forms, Visitor

FORM = "/intake/referrals/new"
WHOLE = {
    "participant.familyName": "Qadirovane", "participant.phone": "06-00000123", "participant.birthDate": "1991-05-17",
    "municipality": "GM0150", "needs": "speaking", "legalBasis": "consent", "informed.on": "2026-01-05",
    "informed.language": "Dari", "informed.how": "oral", "informed.interpreter": "yes", "caseWorker.name": "Mirte",
}  # fmt: skip


@pytest.fixture
def partner(intake: Intake) -> Partner:
    intake.library("GM0150")
    return intake.partner(feedback=["placed", "started", "ended"])


def come(visitor: Visitor, provider: OpenIdProvider, partner: Partner, sub: str = "mirte") -> None:
    """A case worker of this partner signs in."""
    provider.who = {"sub": sub, "name": "Mirte", "roles": ["case-worker"], "org": partner.id,
                    "municipalities": ["GM0150"]}  # fmt: skip
    assert visitor.sign_in(FORM).status_code == 200


def count(intake: Intake, partner: Partner) -> int:
    return int(intake.rows("select count(*) from intake.referral where partner_id = %s", partner.id)[0][0])


def test_sent_many_times_at_once_it_is_one_referral(
    intake: Intake, visitor: Visitor, provider: OpenIdProvider, partner: Partner
) -> None:
    come(visitor, provider, partner)
    fields = Forms(visitor.open(FORM).text).found[FORM] | WHOLE
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: visitor.http.post(FORM, data=fields), range(6)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert count(intake, partner) == 1


def test_a_form_without_its_key_is_refused(
    intake: Intake, visitor: Visitor, provider: OpenIdProvider, partner: Partner
) -> None:
    come(visitor, provider, partner)
    fields = Forms(visitor.open(FORM).text).found[FORM] | WHOLE
    answer = visitor.http.post(FORM, data={name: value for name, value in fields.items() if name != "_once"})
    assert answer.status_code == 400
    assert count(intake, partner) == 0


def test_another_partner_never_learns_that_somebody_is_known(
    intake: Intake, visitor: Visitor, provider: OpenIdProvider, partner: Partner
) -> None:
    said = referral(participant={"familyName": "Qadirovane", "birthDate": "1991-05-17", "phone": "06-00000123"})
    with intake.partner().client() as client:
        assert client.post("/referrals", json=said).status_code == 201
    come(visitor, provider, partner)
    visitor.open(FORM)
    assert visitor.send(FORM, **WHOLE).status_code == 303
    visitor.open(FORM)
    again = visitor.send(FORM, **WHOLE)
    assert again.status_code == 400
    assert "Waarschijnlijk heeft jouw organisatie deze persoon al aangemeld." in again.text
    assert again.text.count('<a href="/intake/referrals/') == 1


def test_a_case_worker_finds_their_own_by_number_and_reference_and_no_other(
    intake: Intake, visitor: Visitor, provider: OpenIdProvider, partner: Partner
) -> None:
    with partner.client() as client, intake.partner().client() as stranger:
        made = client.post("/referrals", json=referral(reference="DOS 4471-b")).json()
        other = stranger.post("/referrals", json=referral(reference="DOS-9")).json()
    come(visitor, provider, partner)
    page = f"/intake/referrals/{made['referralId']}"
    typed = f" {made['referenceNumber'].lower().replace('-', ' ')} "
    assert visitor.get("/intake/referrals", params={"find": typed}).headers["Location"] == page
    assert f'href="{page}"' in visitor.get("/intake/referrals", params={"find": "dos4471-B"}).text
    for foreign in (other["referenceNumber"], "DOS-9", "DOS 4471"):
        answer = visitor.get("/intake/referrals", params={"find": foreign})
        assert (answer.status_code, "Niets gevonden" in answer.text) == (200, True)


def test_a_question_is_answered_a_number_corrected_and_a_referral_taken_back(
    intake: Intake, visitor: Visitor, provider: OpenIdProvider, partner: Partner
) -> None:
    with partner.client() as client:
        made = client.post("/referrals", json=referral()).json()
        page, library = f"/intake/referrals/{made['referralId']}", made["libraryId"]
        with intake.coordinator(library) as coordinator:
            asked = coordinator.post(
                f"/referrals/{made['referralId']}/questions", json={"question": "contact-details", "text": "Nummer?"}
            )
            assert asked.status_code == 201
            come(visitor, provider, partner)
            assert "Er wacht één vraag op jouw antwoord" in visitor.open("/intake/referrals").text
            visitor.open(page)
            empty = visitor.send(f"{page}/own-answer")
            assert (empty.status_code, "Vul dit in." in empty.text) == (400, True)
            assert visitor.send(f"{page}/own-answer", text="Zie hieronder.", phone="06-00000124").status_code == 303
            visitor.open(page)
            wrong = visitor.send(f"{page}/reach", phone="12")
            assert (wrong.status_code, 'aria-invalid="true"' in wrong.text) == (400, True)
            neither = visitor.send(f"{page}/reach")
            assert (neither.status_code, neither.text.count('aria-invalid="true"')) == (400, 2)
            assert "Eén is genoeg." in neither.text
            assert visitor.send(f"{page}/reach", email="zahra@example.org").status_code == 303
            person = coordinator.get(f"/participants/{made['participantId']}").json()
            assert (person["phone"], person["email"]) == ("+31600000124", "zahra@example.org")
        shown = visitor.open(page).text
        assert "Telefoonnummer of e-mailadres is aangepast" in shown
        assert "Qadirovane" not in shown
        assert visitor.send(f"{page}/withdrawal", reason="entered-in-error").status_code == 303
        assert "was een vergissing" in visitor.open(page).text
        assert client.get(f"/referrals/{made['referralId']}").json()["status"] == "entered-in-error"
        again = client.post(f"/referrals/{made['referralId']}/reach-corrections", json={"phone": "06-00000125"})
        assert again.status_code == 409


def test_a_case_worker_sees_that_the_library_tried_but_not_how(
    intake: Intake, visitor: Visitor, provider: OpenIdProvider, partner: Partner
) -> None:
    with partner.client() as client:
        made = client.post("/referrals", json=referral()).json()
    page, path = f"/intake/referrals/{made['referralId']}", f"/referrals/{made['referralId']}"
    with intake.coordinator(made["libraryId"]) as coordinator:
        for step, said in (
            ("contact-attempts", {"channel": "call", "outcome": "no-answer", "text": "Belt terug."}),
            ("intake-talks", {"channel": "call", "wishes": "Brieven lezen."}),
            ("needs", {"goal": "meeting-people"}),
            ("closures", {"reason": "personal-circumstances", "needIds": [made["needs"][0]["needId"]]}),
        ):
            coordinator.post(f"{path}/{step}", json=said).raise_for_status()
    come(visitor, provider, partner)
    for shown in (visitor.open(page).text, visitor.open(f"{page}/timeline").text):
        assert "De bibliotheek zocht contact" in shown
        assert not any(secret in shown for secret in ("geen gehoor", "Belt terug.", "Brieven lezen."))


def test_the_form_goes_on_when_nobody_can_say_whether_there_is_room(
    intake: Intake, visitor: Visitor, provider: OpenIdProvider, partner: Partner
) -> None:
    come(visitor, provider, partner)
    fields = Forms(visitor.open(FORM).text).found[FORM] | WHOLE
    answer = visitor.http.post(f"{FORM}/availability", data=fields)
    assert answer.status_code == 200
    assert "We kunnen nu niet zien of er plek is." in answer.text
    assert 'value="Qadirovane"' in answer.text
    sent = Forms(answer.text).found[FORM] | WHOLE
    assert sent["_once"] == fields["_once"]
    assert visitor.http.post(FORM, data=sent).status_code == 303
    assert count(intake, partner) == 1


def test_what_was_typed_of_oneself_is_known_again_in_this_session_alone(
    intake: Intake, visitor: Visitor, provider: OpenIdProvider, partner: Partner
) -> None:
    come(visitor, provider, partner)
    visitor.open(FORM)
    assert visitor.send(FORM, **WHOLE, **{"caseWorker.phone": "06-00000777"}).status_code == 303
    assert 'value="06-00000777"' in visitor.open(FORM).text
    kept = visitor.http.cookies.get("meedoen-case-worker")
    assert kept is not None
    assert "0777" not in kept
    come(visitor, provider, partner, sub="leen")
    assert "06-00000777" not in visitor.open(FORM).text


def test_the_first_page_counts_the_questions_to_a_case_worker_and_leads_to_them(
    intake: Intake, visitor: Visitor, other: Visitor, provider: OpenIdProvider, partner: Partner
) -> None:
    come(visitor, provider, partner)
    assert "Er zijn geen vragen aan jou." in visitor.open("/intake").text
    with partner.client() as client:
        made = [client.post("/referrals", json=referral()).json() for _ in range(3)]
    for one in made[:2]:
        with intake.coordinator(one["libraryId"]) as coordinator:
            asked = coordinator.post(f"/referrals/{one['referralId']}/questions", json={"question": "level-unclear"})
            assert asked.status_code == 201, asked.text
    first = words(visitor.open("/intake").text)
    assert "Wat er op je wacht 2 vragen van de bibliotheek" in first
    assert 'href="/intake/referrals?todo=answer"' in visitor.open("/intake").text
    found = visitor.open("/intake/referrals?todo=answer").text
    assert [one["referenceNumber"] in found for one in made] == [True, True, False]
    assert "Deze wachten op jouw antwoord." in found
    with partner.client() as client:
        answered = client.post(f"/referrals/{made[0]['referralId']}/answers", json={"text": "A2."})
        assert answered.status_code == 201
    assert "1 vraag van de bibliotheek" in words(visitor.open("/intake").text)
    provider.who = {"sub": "noor", "name": "Noor", "roles": ["case-worker"], "org": partner.id,
                    "municipalities": ["GM0193"]}  # fmt: skip
    assert "Er zijn geen vragen aan jou." in other.sign_in("/intake").text
    with intake.operations() as operations:
        operations.patch(f"/partners/{partner.id}", json={"status": "suspended"}).raise_for_status()
    assert visitor.open("/intake").status_code == 200


def words(text: str) -> str:
    """What stands on a page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())
