"""Forms: only from our own pages, only for the session they were made for, and never lost."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import replace

import pytest

from chassis.pages import session as sessions
from chassis.pages.seals import Seals
from tests.integration.pages.conftest import Place
from tests.support.intake_process import Intake
from tests.support.openid_provider import OpenIdProvider
from tests.support.visitor import Forms, Visitor

CHOSEN = '<option value="duplicate" selected>'


@pytest.fixture
def page(waiting: Place) -> str:
    return f"/intake/referrals/{waiting.referral_id}"


@pytest.fixture
def coordinator(visitor: Visitor, provider: OpenIdProvider, waiting: Place) -> Visitor:
    """Signed in for the library where the referral waits, with its page before them."""
    return signed_in(visitor, provider, waiting)


def signed_in(visitor: Visitor, provider: OpenIdProvider, waiting: Place, sub: str = "sanne") -> Visitor:
    provider.who = {"sub": sub, "name": "Sanne", "roles": ["coordinator"], "libraries": [waiting.library_id]}
    assert visitor.sign_in(f"/intake/referrals/{waiting.referral_id}").status_code == 200
    return visitor


def status(intake: Intake, waiting: Place) -> str:
    return str(intake.rows("select status from intake.referral where referral_id = %s", waiting.referral_id)[0][0])


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(coordinator: Visitor, page: str) -> None:
    answer = coordinator.send(f"{page}/acceptance", informed__how="call")
    assert answer.status_code == 400
    assert "<title>Fout: " in answer.text
    assert 'href="#accept_referral-informed-on"' in answer.text
    assert 'aria-describedby="accept_referral-informed-on-hint accept_referral-informed-on-error"' in answer.text
    assert '<option value="call" selected>' in answer.text
    assert "Vul dit in." in answer.text


def test_a_rule_that_only_the_handler_knows_is_said_in_the_same_way(coordinator: Visitor, page: str) -> None:
    answer = coordinator.send(f"{page}/acceptance", informed__on="2999-01-01")
    assert answer.status_code == 400
    assert "Deze dag moet nog komen" in answer.text


def test_accepting_goes_on_to_a_page_that_says_so_once(
    intake: Intake, coordinator: Visitor, page: str, waiting: Place
) -> None:
    answer = coordinator.send(f"{page}/acceptance", informed__on="2026-01-05", informed__how="call")
    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert status(intake, waiting) == "accepted"
    assert "De aanmelding is aangenomen." in coordinator.follow(answer).text
    assert "De aanmelding is aangenomen." not in coordinator.get(page).text


def test_who_comes_second_reads_it_and_changes_nothing(
    intake: Intake, coordinator: Visitor, other: Visitor, provider: OpenIdProvider, page: str, waiting: Place
) -> None:
    second = signed_in(other, provider, waiting, "joost")
    assert coordinator.send(f"{page}/acceptance", informed__on="2026-01-05").status_code == 303
    answer = second.send(f"{page}/rejection", reason="duplicate")
    assert answer.status_code == 412
    assert "Iemand anders was je voor" in answer.text
    assert f'href="{page}"' in answer.text
    assert status(intake, waiting) == "accepted"


@pytest.mark.parametrize("token", ["", "x"], ids=["empty", "made up"])
def test_a_form_that_no_page_of_ours_made_changes_nothing(
    intake: Intake, coordinator: Visitor, page: str, waiting: Place, token: str
) -> None:
    answer = coordinator.send(f"{page}/rejection", reason="duplicate", _csrf=token)
    assert answer.status_code == 403
    assert "Je formulier was te oud" in answer.text
    assert status(intake, waiting) == "requested"


def test_a_form_of_somebody_else_changes_nothing_and_stays_theirs(
    intake: Intake, coordinator: Visitor, other: Visitor, provider: OpenIdProvider, page: str, waiting: Place
) -> None:
    found = signed_in(other, provider, waiting, "joost").page
    assert found is not None
    token = Forms(found.text).found[f"{page}/rejection"]["_csrf"]
    answer = coordinator.send(f"{page}/rejection", reason="duplicate", _csrf=token)
    assert answer.status_code == 403
    assert "Er is nu iemand anders ingelogd" in answer.text
    assert status(intake, waiting) == "requested"
    going_on = re.search(rf'href="({page}\?kept=[^"]+)"', answer.text)
    assert going_on is not None
    assert CHOSEN not in coordinator.get(going_on[1]).text
    assert CHOSEN in other.get(going_on[1]).text


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {"Origin": "http://["}],
)
def test_what_another_site_sends_changes_nothing(
    intake: Intake, coordinator: Visitor, page: str, waiting: Place, headers: dict[str, str]
) -> None:
    answer = coordinator.send(f"{page}/rejection", headers=headers, reason="duplicate")
    assert answer.status_code == 403
    assert status(intake, waiting) == "requested"


def test_a_form_of_nobody_is_refused_and_says_how_to_save_it(visitor: Visitor, page: str) -> None:
    answer = visitor.http.post(f"{page}/rejection", data={"reason": "duplicate"})
    assert answer.status_code == 401
    assert "Wat je hebt ingevuld is niet verstuurd" in answer.text


def lapse(intake: Intake, visitor: Visitor, **changed: float) -> None:
    """As if the session had been left alone for long."""
    seals = Seals((base64.urlsafe_b64decode(intake.settings["SESSION_KEY"]),))
    session = sessions.opened(seals, visitor.session)
    assert session is not None
    visitor.use_session(sessions.sealed(seals, replace(session, **changed)))


@pytest.mark.parametrize("what", ["seen_at", "signed_in_at"])
def test_a_sign_in_that_lapsed_loses_no_typed_form(
    intake: Intake, coordinator: Visitor, provider: OpenIdProvider, page: str, waiting: Place, what: str
) -> None:
    lapse(intake, coordinator, **{what: time.time() - 11 * 3600})
    answer = coordinator.send(f"{page}/rejection", reason="not-our-task")
    following = answer.headers["Location"]
    assert following.startswith("/intake/sign-in?next=")
    assert "not-our-task" not in following
    assert "bewaren we twee uur" in coordinator.get(following).text
    assert intake.rows("select 1 from chassis.kept_form k where k::text like %s", "%not-our-task%") == []
    again = coordinator.sign_in(following.partition("next=")[2])
    assert "Wat je had ingevuld staat er nog" in again.text
    assert '<option value="not-our-task" selected>' in again.text
    assert status(intake, waiting) == "requested"
    assert coordinator.send(f"{page}/rejection", reason="not-our-task").status_code == 303
    assert status(intake, waiting) == "rejected"


def test_a_kept_form_is_its_owners_alone(
    intake: Intake, coordinator: Visitor, provider: OpenIdProvider, page: str, waiting: Place
) -> None:
    lapse(intake, coordinator, seen_at=0.0)
    following = coordinator.send(f"{page}/rejection", reason="not-our-task").headers["Location"].partition("next=")[2]
    provider.who = {**provider.who, "sub": "joost"}
    answer = coordinator.sign_in(following)
    assert answer.status_code == 200
    assert "Wat je had ingevuld" not in answer.text
    assert '<option value="not-our-task" selected>' not in answer.text


def test_a_form_is_kept_when_somebody_signed_out_in_another_tab(
    intake: Intake, coordinator: Visitor, page: str, waiting: Place
) -> None:
    tab = coordinator.page
    coordinator.send("/intake/sign-out")
    assert coordinator.session is None
    coordinator.page = tab
    answer = coordinator.send(f"{page}/rejection", reason="duplicate")
    following = answer.headers["Location"]
    assert following.startswith("/intake/sign-in?next=")
    shown = coordinator.get(following).text
    assert "Je was uitgelogd" in shown
    assert "bewaren we twee uur" in shown
    again = coordinator.sign_in(following.partition("next=")[2])
    assert "Wat je had ingevuld staat er nog" in again.text
    assert CHOSEN in again.text
    assert status(intake, waiting) == "requested"
    assert coordinator.send(f"{page}/rejection", reason="duplicate").status_code == 303
    assert status(intake, waiting) == "rejected"


def test_what_somebody_typed_before_signing_out_is_not_shown_to_who_signs_in_next(
    intake: Intake, coordinator: Visitor, provider: OpenIdProvider, page: str, waiting: Place
) -> None:
    tab = coordinator.page
    coordinator.send("/intake/sign-out")
    coordinator.page = tab
    following = coordinator.send(f"{page}/rejection", reason="duplicate").headers["Location"].partition("next=")[2]
    provider.who = {**provider.who, "sub": "joost"}
    answer = coordinator.sign_in(following)
    assert answer.status_code == 200
    assert CHOSEN not in answer.text
    coordinator.page = tab
    assert coordinator.send(f"{page}/rejection", reason="duplicate").status_code == 403
    assert status(intake, waiting) == "requested"


def test_a_form_from_before_signing_out_and_in_again_comes_back_filled(
    intake: Intake, coordinator: Visitor, page: str, waiting: Place
) -> None:
    tab = coordinator.page
    coordinator.send("/intake/sign-out")
    coordinator.sign_in(page)
    coordinator.page = tab
    answer = coordinator.send(f"{page}/rejection", reason="duplicate")
    assert (answer.status_code, answer.headers["Location"].partition("=")[0]) == (303, f"{page}?kept")
    assert CHOSEN in coordinator.follow(answer).text
    assert status(intake, waiting) == "requested"


def test_a_form_of_longer_ago_than_a_browser_keeps_a_session_is_refused(
    intake: Intake, coordinator: Visitor, page: str, waiting: Place
) -> None:
    seals = Seals((base64.urlsafe_b64decode(intake.settings["SESSION_KEY"]),))
    session = sessions.opened(seals, coordinator.session)
    assert session is not None
    old = {"id": session.id, "owner": session.owner, "at": time.time() - 25 * 3600}
    assert coordinator.send(f"{page}/rejection", reason="duplicate", _csrf=seals.seal("csrf", old)).status_code == 403
    assert status(intake, waiting) == "requested"


AS_BROWSER = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}


def test_what_is_wrong_has_an_address_of_its_own_so_that_a_browser_can_come_back_to_it(
    intake: Intake, coordinator: Visitor, page: str, waiting: Place
) -> None:
    answer = coordinator.send(f"{page}/acceptance", headers=AS_BROWSER, informed__how="call")
    assert (answer.status_code, answer.headers["Location"].partition("=")[0]) == (303, f"{page}?kept")
    address = answer.headers["Location"]
    for _ in range(2):
        shown = coordinator.get(address)
        assert shown.status_code == 200
        assert "<title>Fout: " in shown.text
        assert "Wat je had ingevuld" not in shown.text
        assert '<option value="call" selected>' in shown.text
    assert "<title>Error: " in coordinator.follow(coordinator.send("/intake/language", language="en")).text
    assert coordinator.send(f"{page}/acceptance", informed__on="2026-01-05").status_code == 303
    assert status(intake, waiting) == "accepted"
    over = coordinator.get(address)
    assert (over.status_code, "<title>Error: " in over.text) == (200, False), "the form has done its work"


def test_a_form_that_is_sent_back_is_shown_to_nobody_else(
    coordinator: Visitor, other: Visitor, provider: OpenIdProvider, page: str, waiting: Place
) -> None:
    address = coordinator.send(f"{page}/acceptance", headers=AS_BROWSER, informed__how="call").headers["Location"]
    signed_in(other, provider, waiting, "joost")
    shown = other.get(address)
    assert shown.status_code == 200
    assert "<title>Fout: " not in shown.text


def test_a_form_that_is_no_form_or_too_long_is_refused(coordinator: Visitor, page: str) -> None:
    http, path = coordinator.http, f"{page}/rejection"
    assert http.post(path, json={"reason": "duplicate"}).status_code == 415
    assert http.post(path, data={"reason": "x" * 70_000}).status_code == 413
    answer = http.post(path, content=b"\xff=1", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_session_that_is_used_lives_on(intake: Intake, coordinator: Visitor, page: str) -> None:
    lapse(intake, coordinator, seen_at=time.time() - 600)
    before = coordinator.session
    assert coordinator.get(page).status_code == 200
    assert coordinator.session != before
