"""A request that is sent again is done once."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator

import httpx
import psycopg2
import pytest

from tests.support.issuer import Issuer
from tests.support.service_process import ServiceProcess


def counted(url: str, table: str = "probe.note") -> int:
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        row = cursor.fetchone()
    connection.close()
    assert row is not None
    return int(row[0])


@pytest.fixture
def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


@pytest.fixture
def served(own: ServiceProcess, issuer: Issuer) -> Iterator[httpx.Client]:
    own.start()
    with httpx.Client(
        base_url=f"{own.address}/probe/v1", headers=issuer.bearer(), timeout=20, trust_env=False
    ) as client:
        yield client


def test_a_repeat_gets_the_kept_answer_and_does_nothing(
    api: httpx.Client, key: dict[str, str], probe_database: str
) -> None:
    first = api.post("/notes", json={"text": "once"}, headers=key)
    after_first = counted(probe_database)
    again = api.post("/notes", json={"text": "once"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert counted(probe_database) == after_first


def test_the_same_key_with_another_body_is_422(api: httpx.Client, key: dict[str, str]) -> None:
    api.post("/notes", json={"text": "one"}, headers=key)
    other = api.post("/notes", json={"text": "two"}, headers=key)
    assert other.status_code == 422
    assert other.json()["type"].endswith("/idempotency-key-reused")


def test_the_same_key_at_another_address_is_422(api: httpx.Client, key: dict[str, str]) -> None:
    api.post("/notes", json={"text": "one"}, headers=key)
    assert api.post("/slow-notes", json={"seconds": 0}, headers=key).status_code == 422


def test_another_caller_may_use_the_same_key(api: httpx.Client, key: dict[str, str], issuer: Issuer) -> None:
    first = api.post("/notes", json={"text": "mine"}, headers=key)
    other = api.post("/notes", json={"text": "mine"}, headers=key | issuer.bearer(sub="partner-2"))
    assert other.status_code == 201
    assert other.json()["noteId"] != first.json()["noteId"]


def test_quotes_of_the_draft_make_no_difference(api: httpx.Client) -> None:
    bare = uuid.uuid4().hex
    first = api.post("/notes", json={"text": "q"}, headers={"Idempotency-Key": f'"{bare}"'})
    again = api.post("/notes", json={"text": "q"}, headers={"Idempotency-Key": bare})
    assert again.json() == first.json()


def test_while_the_first_still_runs_the_second_is_409(
    api: httpx.Client, key: dict[str, str], running: ServiceProcess
) -> None:
    slow, first = {"seconds": 3}, []
    thread = threading.Thread(target=lambda: first.append(api.post("/slow-notes", json=slow, headers=key)))
    thread.start()
    running.wait_until(lambda: running.running() == 1, "the first request")
    second = api.post("/slow-notes", json=slow, headers=key)
    thread.join()
    done, refused = sorted([*first, second], key=lambda answer: answer.status_code)
    assert (done.status_code, refused.status_code) == (201, 409)
    assert refused.headers["Retry-After"] == "1"
    later = api.post("/slow-notes", json=slow, headers=key)
    assert later.json() == done.json()
    assert later.headers["Idempotency-Replayed"] == "true"


def test_what_failed_is_not_kept(api: httpx.Client, key: dict[str, str]) -> None:
    assert api.post("/conflicts", json={"text": "x"}, headers=key).status_code == 409
    again = api.post("/conflicts", json={"text": "x"}, headers=key)
    assert again.status_code == 409
    assert again.json()["type"].endswith("/may-not-be")


def test_a_key_that_cannot_be_one_is_told_with_the_other_faults(api: httpx.Client) -> None:
    answer = api.post("/notes", json={"text": ""}, headers={"Idempotency-Key": "has a space"})
    assert answer.status_code == 400
    assert {(e["in"], e["field"]) for e in answer.json()["errors"]} == {("header", "Idempotency-Key"), ("body", "text")}


def test_after_a_crash_behind_the_commit_the_repeat_gets_the_answer(
    own: ServiceProcess, own_database: str, issuer: Issuer, key: dict[str, str]
) -> None:
    """Commit comes before the answer, and the answer is in the commit: taking either away makes this fail."""
    own.start(FAILPOINT="http-after-commit")
    url, headers = f"{own.address}/probe/v1/notes", key | issuer.bearer()
    with pytest.raises(httpx.TransportError):
        httpx.post(url, json={"text": "kept"}, headers=headers, trust_env=False)
    own.kill()
    assert counted(own_database) == 1
    own.start()
    again = httpx.post(f"{own.address}/probe/v1/notes", json={"text": "kept"}, headers=headers, trust_env=False)
    assert again.status_code == 201
    assert again.headers["Idempotency-Replayed"] == "true"
    assert counted(own_database) == 1


def test_after_a_crash_before_the_commit_the_repeat_does_the_work(
    own: ServiceProcess, own_database: str, issuer: Issuer, key: dict[str, str]
) -> None:
    own.start(FAILPOINT="unit-before-commit")
    headers = key | issuer.bearer()
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{own.address}/probe/v1/notes", json={"text": "k"}, headers=headers, trust_env=False)
    own.kill()
    assert counted(own_database) == 0
    own.start()
    again = httpx.post(f"{own.address}/probe/v1/notes", json={"text": "k"}, headers=headers, trust_env=False)
    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again.headers
    assert counted(own_database) == 1


def test_a_key_of_somebody_with_the_same_id_at_another_issuer_is_another_key(
    own: ServiceProcess, own_database: str, issuer: Issuer, staff_issuer: Issuer, key: dict[str, str]
) -> None:
    """Rule: an issuer vouches for its own people only; no answer that is kept for one is given to the other."""
    other = Issuer("staff")
    own.start(TRUSTED_ISSUERS=json.dumps([one.trust for one in (issuer, staff_issuer, other)]))
    for who in (staff_issuer, other):
        bearer = who.bearer(sub="s-1", roles=["case-worker"])
        answer = httpx.post(f"{own.address}/probe/v1/notes", json={"text": "k"}, headers=key | bearer, trust_env=False)
        assert answer.status_code == 201
        assert "Idempotency-Replayed" not in answer.headers
    other.stop()
    assert counted(own_database) == 2


def test_neither_key_nor_answer_can_be_read_in_the_database(served: httpx.Client, own_database: str) -> None:
    served.post("/notes", json={"text": "Yasmin"}, headers={"Idempotency-Key": "yasmin-1"})
    with psycopg2.connect(own_database) as connection, connection.cursor() as cursor:
        cursor.execute("select key, request, answer from chassis.idempotency")
        kept = b"".join(bytes(part) for part in cursor.fetchone() or ())
    connection.close()
    assert kept
    assert b"asmin" not in kept


def test_old_answers_are_forgotten(own: ServiceProcess, own_database: str, issuer: Issuer) -> None:
    with psycopg2.connect(own_database) as connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into chassis.idempotency select sha256(n::text::bytea), '\\x00', '\\x00', null, "
            "now() - n * interval '1 hour' from generate_series(1, 14 * 24) n"
        )
    connection.close()
    own.start()
    own.wait_until(lambda: counted(own_database, "chassis.idempotency") < 14 * 24, "forgetting")
    left = counted(own_database, "chassis.idempotency")
    assert 7 * 24 - 2 <= left <= 7 * 24
