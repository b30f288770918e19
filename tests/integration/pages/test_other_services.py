"""A service that does not sign people in itself: one cookie for all, and the one that knows is asked now and then."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from dataclasses import replace

import psycopg2
import pytest

from chassis.migrations import migrate
from chassis.pages import session as sessions
from chassis.pages.seals import Seals
from chassis.pages.session import CONFIRM_SECONDS, Session
from tests.integration.http.conftest import settings
from tests.support.issuer import Issuer
from tests.support.servers import TestPostgres, fresh_name
from tests.support.service_process import ServiceProcess
from tests.support.visitor import Visitor

KEYS = [os.urandom(32), os.urandom(32)]
NOW, BEFORE = Seals((KEYS[0],)), Seals((KEYS[1],))


@pytest.fixture(scope="module")
def boards(postgres: TestPostgres) -> Iterator[ServiceProcess]:
    name, issuer = fresh_name(), Issuer("staff")
    url = postgres.create(name)
    migrate(url, "boards")
    keys = ",".join(base64.urlsafe_b64encode(key).decode() for key in KEYS)
    process = ServiceProcess("tests.support.boards", settings(url, issuer))
    yield process.start(SESSION_KEY=keys, PUBLIC_URL="https://libraries.example/boards")
    assert process.stop() == 0
    issuer.stop()
    postgres.drop(name)


@pytest.fixture
def visitor(boards: ServiceProcess) -> Iterator[Visitor]:
    with Visitor(boards.address) as one:
        yield one


def session(**changed: object) -> Session:
    access = {name: frozenset[str]() for name in ("libraries", "municipalities")}
    made = sessions.begun(issuer="i", subject="s", name="Sanne", organisation=None, roles=frozenset({"coordinator"}),
                          **access)  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


def come(visitor: Visitor, one: Session, seals: Seals = NOW) -> None:
    visitor.http.headers["Cookie"] = f"__Host-meedoen-session={sessions.sealed(seals, one)}"


def test_a_session_is_known_at_every_service(visitor: Visitor) -> None:
    come(visitor, session())
    answer = visitor.get("/boards/notes")
    assert answer.status_code == 200
    assert "Sanne" in answer.text
    assert "__Host-roles=coordinator" in answer.headers["Set-Cookie"]
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_key_can_be_replaced_while_people_are_signed_in(visitor: Visitor) -> None:
    come(visitor, session(), BEFORE)
    assert visitor.get("/boards/notes").status_code == 200


def test_what_was_confirmed_too_long_ago_is_asked_again_and_a_form_goes_along(visitor: Visitor) -> None:
    come(visitor, session(confirmed_at=time.time() - CONFIRM_SECONDS - 1))
    answer = visitor.get("/boards/notes")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/intake/session?next=%2Fboards%2Fnotes")
    answer = visitor.http.post("/boards/notes", data={"text": "hello"})
    assert (answer.status_code, answer.headers["Location"]) == (307, "/intake/session?next=%2Fboards%2Fnotes")


def test_a_lapsed_form_is_kept_where_it_was_sent(
    visitor: Visitor, boards: ServiceProcess, postgres: TestPostgres
) -> None:
    one = session()
    token = NOW.seal("csrf", {"id": one.id})
    come(visitor, replace(one, seen_at=0.0))
    answer = visitor.http.post("/boards/notes", data={"text": "hello", "_csrf": token})
    following = answer.headers["Location"]
    assert following.startswith("/intake/sign-in?next=%2Fboards%2Fnotes%3Fkept%3D")
    come(visitor, session())
    assert "Wat je had ingevuld staat er nog" in visitor.get(f"/boards/notes?kept={following[-24:]}").text
    for made_up in ("made-up", "%00"):
        answer = visitor.get(f"/boards/notes?kept={made_up}")
        assert answer.status_code == 200
        assert "Wat je had ingevuld" not in answer.text


def test_a_form_whose_session_was_ended_is_kept_for_its_owner_alone(visitor: Visitor) -> None:
    one = session()
    token = NOW.seal("csrf", {"id": one.id, "owner": one.owner, "at": time.time()})
    answer = visitor.http.post("/boards/notes", data={"text": "hello", "_csrf": token})
    following = answer.headers["Location"]
    assert following.startswith("/intake/sign-in?next=%2Fboards%2Fnotes%3Fkept%3D")
    kept_at = f"/boards/notes?kept={following[-24:]}"
    come(visitor, session(subject="somebody-else"))
    assert "Wat je had ingevuld" not in visitor.get(kept_at).text
    come(visitor, session())
    assert "Wat je had ingevuld staat er nog" in visitor.get(kept_at).text


def test_a_form_is_sent_and_told_once(visitor: Visitor) -> None:
    one = session()
    come(visitor, one)
    answer = visitor.http.post("/boards/notes", data={"text": "hello", "_csrf": NOW.seal("csrf", {"id": one.id})})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/boards/notes")
    assert answer.headers["Set-Cookie"].startswith("__Host-meedoen-told=")


def test_pages_carry_strict_headers(visitor: Visitor) -> None:
    come(visitor, session())
    headers = visitor.get("/boards/notes").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"


def test_own_files_are_kept_for_a_year_under_their_digest(visitor: Visitor) -> None:
    come(visitor, session())
    text = visitor.get("/boards/notes").text
    (sheet,) = [part.partition('"')[0] for part in text.split('href="') if "style.css" in part[:80]]
    answer = visitor.get(sheet)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "Set-Cookie" not in answer.headers
    assert visitor.get("/boards/static/0000/style.css").headers["Cache-Control"] == "public, no-cache"
    assert visitor.get("/boards/static/0000/page.py").status_code == 404


def test_a_language_is_chosen_once_for_all_services(visitor: Visitor) -> None:
    answer = visitor.http.post("/boards/language", data={"language": "en", "next": "/boards/nowhere"})
    assert answer.headers["Location"] == "/boards/nowhere"
    assert answer.headers["Set-Cookie"].startswith("__Host-meedoen-language=en")
    assert "Deze pagina is er niet" in visitor.get("/boards/nowhere").text
    visitor.http.headers["Cookie"] = "__Host-meedoen-language=en"
    assert "This page is not here" in visitor.get("/boards/nowhere").text
    visitor.http.headers["Cookie"] = "__Host-meedoen-language=<script>"
    assert '<html lang="nl">' in visitor.get("/boards/nowhere").text


def test_what_nobody_foresaw_is_a_page_that_tells_nothing_of_us(visitor: Visitor, boards: ServiceProcess) -> None:
    answer = visitor.get("/boards/broken")
    assert answer.status_code == 500
    assert "Er ging bij ons iets mis" in answer.text
    assert "a secret of ours" not in answer.text
    trace = boards.wait_for_line("request_failed")["trace_id"]
    assert trace in answer.text
    assert visitor.get("/boards/nowhere", headers={"Accept": "*/*"}).status_code == 404


def test_a_form_of_a_method_that_is_not_there_is_405(visitor: Visitor) -> None:
    assert visitor.http.post("/boards/broken").status_code == 405


@pytest.fixture
def without_database(boards: ServiceProcess, postgres: TestPostgres) -> Iterator[None]:
    """The database refuses everybody for as long as this lasts."""
    url = boards._settings["DATABASE_URL"]
    name = url.rpartition("/")[2].partition("?")[0]
    administration = psycopg2.connect(postgres.url("postgres"))
    administration.autocommit = True
    with administration.cursor() as cursor:
        cursor.execute(f'alter database "{name}" allow_connections false')
        cursor.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        yield
        cursor.execute(f'alter database "{name}" allow_connections true')
    administration.close()


def test_without_database_a_page_says_to_wait(visitor: Visitor, without_database: None) -> None:
    """Also in the middle of a form: the typed one is not lost, as the browser still has it."""
    one = session()
    come(visitor, replace(one, seen_at=0.0))
    answer = visitor.http.post("/boards/notes", data={"text": "hello", "_csrf": NOW.seal("csrf", {"id": one.id})})
    assert answer.status_code == 503
    assert "Meedoen werkt nu even niet" in answer.text
