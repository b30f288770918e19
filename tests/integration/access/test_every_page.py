"""Every page of every service with every role and with sessions that count for nothing: as the table says."""

from __future__ import annotations

import base64
import os
import re
import uuid
from collections.abc import Iterator

import httpx
import psycopg2
import pytest

from chassis.pages import session as sessions
from chassis.pages.seals import Seals
from chassis.sealing import Sealer
from contracts.access import ROLES
from services.intake.vault import Vault
from tests.integration.access.conftest import SOMEWHERE
from tests.support.access_table import ANYONE, PAGES
from tests.support.service_process import ServiceProcess

Running = tuple[str, ServiceProcess]
AS_MACHINE = {"Accept": "application/problem+json"}
"""Says why it refuses; a person gets a page instead."""


class Doorman:
    """Makes sessions as the sign-in does, with a key of ours or of somebody else."""

    def __init__(self, running: Running, key: bytes | None = None) -> None:
        self.name, self._process = running
        settings = self._process.settings
        self._seals = Seals((key or base64.urlsafe_b64decode(settings["SESSION_KEY"]),))
        self._database_url = settings["DATABASE_URL"]

    def session(self, role: str, *, known: bool = True) -> tuple[dict[str, str], str]:
        """Headers of somebody with this role who is signed in, and what their forms carry."""
        partner = role in ("partner", "case-worker")
        one = sessions.begun(
            issuer="https://login.example", subject=f"{role}-7", name="Iemand",
            organisation=SOMEWHERE if partner else None,
            roles=frozenset({role}), libraries=frozenset() if partner else frozenset({SOMEWHERE}),
            municipalities=frozenset({"GM0150"}),
        )  # fmt: skip
        if known and self.name == "intake":
            self._know(one.id)
        cookie = f"__Host-meedoen-session={sessions.sealed(self._seals, one)}"
        return AS_MACHINE | {"Cookie": cookie}, self._seals.seal("csrf", {"id": one.id})

    def _know(self, session_id: str) -> None:
        staff_id = str(uuid.uuid4())
        vault = Vault(Sealer(base64.urlsafe_b64decode(self._process.settings["MASTER_KEY"])))
        sealed = vault.seal_text("staff", '{"name": "Iemand", "email": null}')
        connection = psycopg2.connect(self._database_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    "insert into intake.staff_member (staff_id, provider, sealed, roles, library_ids, municipalities,"
                    " status, created_at, changed_at) values (%s, 'x', %s, '{}', '{}', '{}', 'active', now(), now());"
                    " insert into intake.staff_session values (%s, %s, '', now())",
                    (staff_id, sealed, session_id, staff_id),
                )
        finally:
            connection.close()


def pages(running: Running) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Method, address with ids that nobody has, and who may open it."""
    name, process = running
    for page, roles in PAGES[name].items():
        method, template = page.split(" ")
        path = re.sub(r"\{[^}]+\}", lambda _: str(uuid.uuid4()), template)
        yield method, f"{process.address}/{name}{path}".rstrip("/"), roles


def asked(
    client: httpx.Client, method: str, url: str, headers: dict[str, str], csrf: str | None = None
) -> httpx.Response:
    form = {"data": {"_csrf": csrf or "nonsense"}} if method == "POST" else {}
    return client.request(method, url, headers=headers, **form)


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30, trust_env=False) as client:
        yield client


def test_each_role_opens_what_the_table_says_and_no_more(running: Running, browser: httpx.Client) -> None:
    doorman = Doorman(running)
    for role in ROLES:
        headers, csrf = doorman.session(role)
        for method, url, roles in pages(running):
            if roles == ANYONE:
                continue
            answer = asked(browser, method, url, headers, csrf)
            refused = answer.status_code == 403 and "scope" in answer.json()
            assert refused == (role not in roles), f"{role}: {method} {url}: {answer.status_code}"
            assert answer.status_code < 500, f"{role}: {method} {url}: {answer.text}"


def test_without_a_session_that_counts_nothing_opens(running: Running, browser: httpx.Client) -> None:
    stranger = Doorman(running, os.urandom(32))
    foreign, foreign_form = stranger.session("operations", known=False)
    useless = {
        "nobody": (AS_MACHINE, None),
        "sealed by somebody else": (foreign, foreign_form),
        "a bearer token": (AS_MACHINE | {"Authorization": "Bearer nonsense"}, None),
    }
    if running[0] == "intake":
        useless["that was never begun"] = Doorman(running).session("operations", known=False)
    for method, url, roles in pages(running):
        if roles == ANYONE:
            continue
        for which, (headers, csrf) in useless.items():
            answer = asked(browser, method, url, headers, csrf)
            assert answer.status_code in (401, 403), f"{which}: {method} {url}: {answer.status_code}"
            assert "scope" not in answer.json(), "who is not known is told nothing of rights"


def test_a_form_of_another_session_changes_nothing(running: Running, browser: httpx.Client) -> None:
    doorman = Doorman(running)
    headers, _ = doorman.session("operations")
    _, foreign = doorman.session("operations")
    for method, url, roles in pages(running):
        if method == "POST" and roles != ANYONE:
            assert asked(browser, method, url, headers, foreign).status_code == 403, url
