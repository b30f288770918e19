"""Notifications as a real process: its HTTP, and sending that nothing waits for."""

from __future__ import annotations

import base64
import json
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from chassis.testing import Harness
from tests.integration.notifications.conftest import SETTINGS, Start
from tests.integration.notifications.world import World, some_id
from tests.support.issuer import Issuer
from tests.support.mail_server import MailServer, silent_server
from tests.support.service_process import ServiceProcess


@pytest.fixture(scope="module")
def staff() -> Iterator[Issuer]:
    """Signs the tokens of staff."""
    issuer = Issuer("staff")
    yield issuer
    issuer.stop()


Run = Callable[..., ServiceProcess]


@pytest.fixture
def run(notifications_database: str, staff: Issuer) -> Iterator[Run]:
    """Starts the service as a process, its broker away."""
    processes: list[ServiceProcess] = []

    def running(**settings: str) -> ServiceProcess:
        usual = SETTINGS | {
            "DATABASE_URL": notifications_database,
            "AMQP_URI": "amqp://guest:guest@127.0.0.1:1/nowhere",
            "HTTP_ADDRESS": "127.0.0.1:0",
            "TRUSTED_ISSUERS": json.dumps([staff.trust]),
            "ORGANISATION_NUMBER": "00000001234567890000",
            "MASTER_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
        }
        failpoint = {"FAILPOINT": settings.pop("FAILPOINT")} if "FAILPOINT" in settings else {}
        process = ServiceProcess("services.notifications.service", usual | settings)
        processes.append(process)
        return process.start(**failpoint)

    yield running
    for process in processes:
        process.kill()


def quiet(harness: Harness) -> dict[str, str]:
    """Settings with which a process sends nothing while HTTP is tried."""
    harness.rows("update mail set due_at = now() + interval '1 day'")
    return {"SMTP_URL": "smtp://127.0.0.1:1"}


def told_of(harness: Harness, world: World) -> None:
    outcome = harness.deliver(world.told)
    assert not outcome.deferred
    assert not outcome.parked


class Staff:
    """A member of a library's staff at the service."""

    def __init__(self, client: httpx.Client, issuer: Issuer, *libraries: str, role: str = "coordinator") -> None:
        self._client = client
        self._headers = issuer.bearer(sub="coordinator-1", org=None, roles=[role], libraries=list(libraries))

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self._client.get(f"/notifications/v1{path}", params=query, headers=self._headers)

    def mark(self, notice_id: str, body: dict[str, Any]) -> httpx.Response:
        return self._client.patch(f"/notifications/v1/notices/{notice_id}", json=body, headers=self._headers)

    def all_notices(self, **query: Any) -> list[dict[str, Any]]:
        """Every page of the list."""
        found = []
        query = {"limit": 2} | query
        while True:
            page = self.get("/notices", **query).raise_for_status().json()
            found += page["items"]
            if page["next"] is None:
                return found
            query["after"] = httpx.URL(page["next"]).params["after"]


def test_a_library_sees_its_own_notices_newest_first(harness: Harness, run: Run, world: World, staff: Issuer) -> None:
    ours, theirs, partner = world.library(), world.library(), world.partner("VluchtelingenWerk")
    about = world.referral(ours, partner)
    world.held(about)
    world.referral(theirs, partner)
    world.file(partner, {ours: (3, 1), theirs: (2, 0)})
    told_of(harness, world)
    process = run(**quiet(harness))
    with process.client() as client:
        found = Staff(client, staff, ours).all_notices()
        assert [notice["code"] for notice in found] == ["referral-file-processed", "place-held", "referral-accepted"]
        assert {notice["libraryId"] for notice in found} == {ours}
        file, held, accepted = found
        assert (file["accepted"], file["triage"], file["mailed"], file["referralId"]) == (3, 1, True, None)
        assert (held["kind"], held["municipality"], held["mailed"]) == ("language-group", "GM0153", False)
        assert held["needId"] == about["needs"][0]["need_id"]
        assert accepted["partnerName"] == "VluchtelingenWerk"
        assert accepted["text"].startswith("Nieuwe aanmelding van VluchtelingenWerk: taalgroep.")
        assert accepted["textEn"].startswith("New referral from VluchtelingenWerk: language group.")
        assert len(Staff(client, staff, ours, theirs).all_notices()) == 5
        assert [notice["code"] for notice in Staff(client, staff, theirs).all_notices(code="referral-accepted")] == [
            "referral-accepted"
        ]
        for nobody in (Staff(client, staff), Staff(client, staff, "everything"), Staff(client, staff, some_id())):
            assert nobody.all_notices() == []
    assert process.stop() == 0


def test_a_notice_is_read_by_its_own_library(harness: Harness, run: Run, world: World, staff: Issuer) -> None:
    ours, theirs, partner = world.library(), world.library(), world.partner()
    for library in (ours, ours, theirs):
        world.referral(library, partner)
    told_of(harness, world)
    with run(**quiet(harness)).client() as client:
        coordinator, stranger = Staff(client, staff, ours), Staff(client, staff, theirs)
        first, second = coordinator.all_notices()
        assert stranger.mark(first["noticeId"], {"read": True}).status_code == 404
        read = coordinator.mark(first["noticeId"], {"read": True}).raise_for_status().json()
        assert read["readAt"] is not None
        assert read | {"readAt": None} == first
        assert coordinator.mark(first["noticeId"], {"read": True}).json() == read
        assert coordinator.all_notices(unread="true") == [second]
        assert coordinator.mark(first["noticeId"], {"read": False}).json() == first
        assert len(coordinator.all_notices(unread="true")) == 2
        assert coordinator.mark(some_id(), {"read": True}).status_code == 404
        assert coordinator.mark(first["noticeId"], {"read": "when I feel like it"}).status_code == 400
        assert coordinator.mark(first["noticeId"], {}).status_code == 400
        assert Staff(client, staff, ours, role="report-reader").get("/notices").status_code == 403
        assert client.get("/notifications/v1/notices").status_code == 401
        bad = coordinator.get("/notices", code="gossip", limit="many", colour="red")
        assert bad.status_code == 400
        assert {error["field"] for error in bad.json()["errors"]} == {"code", "limit", "colour"}


def test_operators_see_what_became_of_mails_and_no_address(
    harness: Harness, mail_server: MailServer, run: Run, world: World, staff: Issuer
) -> None:
    library = world.library(mailbox="taalhuis@refusing.example")
    mail_server.answers["taalhuis@refusing.example"] = "550 no such mailbox"
    about = world.referral(library, world.partner())
    told_of(harness, world)
    harness.tick("send-mail")
    with run(**quiet(harness)).client() as client:
        operator = Staff(client, staff, role="operations")
        answer = operator.get("/mails", status="failed")
        assert "refusing.example" not in answer.text
        (mail,) = answer.json()["items"]
        assert (mail["template"], mail["referralId"]) == ("referral-accepted", about["referral_id"])
        assert (mail["status"], mail["attempts"], mail["lastError"]) == ("failed", 1, "recipient-550")
        assert operator.get("/mails", status="waiting").json()["items"] == []
        assert Staff(client, staff, library).get("/mails").status_code == 403


def test_http_does_not_wait_for_a_silent_mail_server(start: Start, run: Run, world: World, staff: Issuer) -> None:
    """The sender waits in a thread of its own, holding no transaction."""
    library, partner = world.library(), world.partner()
    for _ in range(5):
        world.referral(library, partner)
    with silent_server() as url:
        told_of(start(SMTP_URL=url), world)
        process = run(SMTP_URL=url, SMTP_TIMEOUT="3", MAIL_SERVER_RETRY_MOST="0.01")
        with process.client() as client:
            coordinator = Staff(client, staff, library)
            slowest = 0.0
            until = time.monotonic() + 5
            while time.monotonic() < until:
                began = time.monotonic()
                assert len(coordinator.get("/notices").json()["items"]) == 5
                slowest = max(slowest, time.monotonic() - began)
            assert slowest < 2
            assert "meedoen_mail_server_away 1.0" in client.get("/notifications/metrics").text
        process.wait_for_line("mail_server_away", reason="connect-silent")


def test_dying_after_the_servers_yes_sends_the_same_mail_once_more(
    start: Start, mail_server: MailServer, run: Run, world: World
) -> None:
    world.referral(world.library(), world.partner())
    settings = {"SMTP_URL": mail_server.url, "SMTP_TIMEOUT": "0.2"}
    harness = start(**settings)
    told_of(harness, world)
    died = run(**settings, FAILPOINT="mail-answered")
    assert died.wait() == -signal.SIGKILL
    assert harness.rows("select status, attempts from mail") == [{"status": "waiting", "attempts": 1}]
    again = run(**settings)
    again.wait_until(lambda: len(harness.told()) == 1, "delivery told of")
    assert again.stop() == 0
    first, second = mail_server.arrived
    assert first.id == second.id
    assert harness.rows("select status, attempts from mail") == [{"status": "delivered", "attempts": 2}]


def test_stopping_ends_the_mail_at_hand(start: Start, mail_server: MailServer, run: Run, world: World) -> None:
    partner = world.partner()
    for _ in range(30):
        world.referral(world.library(), partner)
    settings = {"SMTP_URL": mail_server.url}
    harness = start(**settings)
    told_of(harness, world)
    process = run(**settings)
    process.wait_until(lambda: mail_server.arrived, "first mail")
    assert process.stop() == 0
    told = len(harness.told())
    assert told == len(mail_server.arrived)
    again = run(**settings)
    again.wait_until(lambda: len(harness.told()) == 30, "all delivered")
    assert again.stop() == 0
    assert len({arrived.id for arrived in mail_server.arrived}) == len(mail_server.arrived) == 30
