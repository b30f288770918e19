"""The database goes and comes, the process is told to stop, and settings are wrong."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import psycopg2
import pytest

from chassis.migrations import migrate
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from tests.integration.http.conftest import settings
from tests.integration.http.test_idempotency import counted
from tests.support import probe
from tests.support.issuer import Issuer
from tests.support.service_process import ROOT, ServiceProcess


def ready(process: ServiceProcess) -> httpx.Response:
    return httpx.get(f"{process.address}/probe/health/ready", trust_env=False, timeout=20)


def test_health_is_told_with_and_without_the_prefix(running: ServiceProcess) -> None:
    for prefix in ("", "/probe"):
        assert httpx.get(f"{running.address}{prefix}/health/live", trust_env=False).json() == {"status": "pass"}
        said = httpx.get(f"{running.address}{prefix}/health/ready", trust_env=False)
        assert said.status_code == 200
        assert said.json()["checks"]["database"]["status"] == "pass"
        metrics = httpx.get(f"{running.address}{prefix}/metrics?any=thing", trust_env=False)
        assert metrics.headers["Content-Type"].startswith("text/plain")
        assert "meedoen_http_request_duration_seconds_bucket" in metrics.text


@pytest.fixture
def leaving(private_postgres: Postgres) -> Iterator[str]:
    url = private_postgres.databases.create("http_leaving")
    migrate(url, "probe")
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(probe.TABLE)
    connection.close()
    yield url
    private_postgres.databases.drop("http_leaving")


def test_while_the_database_is_away_it_says_so_and_then_goes_on(
    private_postgres: Postgres, leaving: str, issuer: Issuer
) -> None:
    process = ServiceProcess("tests.support.probe", settings(leaving, issuer)).start()
    try:
        notes, headers = f"{process.address}/probe/v1/notes", issuer.bearer()
        assert httpx.post(notes, json={"text": "a"}, headers=headers, trust_env=False).status_code == 201
        private_postgres.stop_at_once()
        answer = httpx.post(notes, json={"text": "b"}, headers=headers, trust_env=False, timeout=20)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert ready(process).status_code == 503
        assert ready(process).json()["checks"]["database"]["status"] == "fail"
        assert httpx.get(f"{process.address}/health/live", trust_env=False).status_code == 200
        private_postgres.start()
        process.wait_until(lambda: ready(process).status_code == 200, "readiness", seconds=15)
        assert httpx.post(notes, json={"text": "b"}, headers=headers, trust_env=False).status_code == 201
        assert counted(leaving) == 2
    finally:
        process.kill()


def test_a_statement_that_takes_too_long_is_no_database_that_is_away(
    own: ServiceProcess, issuer: Issuer, own_database: str
) -> None:
    own.start()
    url, body = f"{own.address}/probe/v1/slow-notes", {"seconds": 0, "inside": "limit"}
    answer = httpx.post(url, json=body, headers=issuer.bearer(), trust_env=False, timeout=20)
    problem = answer.json()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert (problem["type"].rpartition("/")[2], problem["title"]) == ("took-too-long", "Took too long")
    assert "nothing of it has happened" in problem["detail"]
    own.wait_for_line("statement_took_too_long")
    assert not any(line["event"] == "database_away" for line in own.lines)
    assert counted(own_database) == 0


def test_it_starts_while_the_database_is_away_and_waits_for_it(
    private_postgres: Postgres, leaving: str, issuer: Issuer
) -> None:
    process = ServiceProcess("tests.support.probe", settings(leaving, issuer))
    private_postgres.stop_at_once()
    starting = threading.Thread(target=process.start)
    starting.start()
    try:
        process.wait_for_line("database_away")
        assert not any(line["event"] == "service_started" for line in process.lines)
        private_postgres.start()
        starting.join(20)
        assert ready(process).status_code == 200
    finally:
        starting.join(20)
        process.kill()


def test_sigterm_while_it_waits_for_the_database_ends_it(
    private_postgres: Postgres, leaving: str, issuer: Issuer
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "chassis.run", "tests.support.probe"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=settings(leaving + "?port=1", issuer),
    )  # fmt: skip
    assert process.stdout is not None
    with process, process.stdout as lines:
        for line in lines:
            if "database_away" in line:
                break
        process.terminate()
        assert process.wait(10) == 0


def test_sigterm_finishes_the_running_request_and_takes_no_new_one(
    own: ServiceProcess, issuer: Issuer, own_database: str
) -> None:
    own.start()
    answers: list[httpx.Response] = []

    def slow() -> None:
        url = f"{own.address}/probe/v1/slow-notes"
        answers.append(httpx.post(url, json={"seconds": 2}, headers=issuer.bearer(), trust_env=False, timeout=20))

    running = threading.Thread(target=slow)
    idle = own.client()
    assert idle.get("/health/live").status_code == 200
    running.start()
    own.wait_until(lambda: own.running() == 1, "a running request")
    began = time.monotonic()
    own.process.terminate()
    own.wait_for_line("service_stopping")
    with pytest.raises(httpx.TransportError):
        own.wait_until(lambda: own.get("/health/live").status_code == 0, "refusal", seconds=1)
    assert own.stop() == 0
    running.join()
    idle.close()
    assert time.monotonic() - began < 8
    assert answers[0].status_code == 201
    assert answers[0].headers["Connection"] == "close"
    assert counted(own_database) == 1


def test_what_never_ends_is_cut_off_at_the_end_of_the_grace(
    own: ServiceProcess, issuer: Issuer, own_database: str
) -> None:
    own.start(STOP_GRACE="1")

    def endless() -> None:
        url = f"{own.address}/probe/v1/slow-notes"
        with pytest.raises(httpx.TransportError):
            httpx.post(url, json={"seconds": 100}, headers=issuer.bearer(), trust_env=False, timeout=60)

    running = threading.Thread(target=endless)
    running.start()
    own.wait_until(lambda: own.running() == 1, "a running request")
    assert own.stop(15) == 1
    running.join()
    assert any(line["event"] == "requests_cut_off" for line in own.lines)
    assert counted(own_database) == 0


def test_two_processes_share_a_port(
    own: ServiceProcess, own_database: str, issuer: Issuer, staff_issuer: Issuer
) -> None:
    own.start()
    address = own.address.removeprefix("http://")
    second = ServiceProcess("tests.support.probe", settings(own_database, issuer, staff_issuer, HTTP_ADDRESS=address))
    second.start()
    try:
        for _ in range(40):
            assert httpx.get(f"{own.address}/probe/v1/traces", trust_env=False).status_code == 200
        assert second.stop() == 0
        for _ in range(10):
            assert httpx.get(f"{own.address}/probe/v1/traces", trust_env=False).status_code == 200
    finally:
        second.kill()


def test_each_of_them_is_reached_at_an_address_of_its_own_too(
    own: ServiceProcess, own_database: str, issuer: Issuer, staff_issuer: Issuer
) -> None:
    """Rule: health and metrics are of one process; at a shared address nobody knows whose one gets."""
    alone = f"127.0.0.1:{free_port()}"
    own.start()
    address = own.address.removeprefix("http://")
    second = ServiceProcess(
        "tests.support.probe",
        settings(own_database, issuer, staff_issuer, HTTP_ADDRESS=address, PROCESS_ADDRESS=alone),
    ).start()
    try:
        for _ in range(10):
            assert httpx.get(f"http://{alone}/probe/v1/traces", trust_env=False).status_code == 200
        assert second.address == own.address
        assert own.stop() == 0
        assert httpx.get(f"{second.address}/probe/health/live", trust_env=False).status_code == 200
        assert second.stop() == 0
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://{alone}/probe/health/live", trust_env=False)
    finally:
        second.kill()


def test_wrong_settings_are_all_told_and_end_with_78(own_database: str, issuer: Issuer) -> None:
    wrong = settings(own_database, issuer, MASTER_KEY="short", LOG_LEVEL="loud", PARTITIONS="3") | {"AMQP_URI": ""}
    ended = subprocess.run(
        [sys.executable, "-m", "chassis.run", "tests.support.probe"], cwd=ROOT, env=wrong, capture_output=True,
        text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ended.returncode == 78
    assert sorted(line.partition(":")[0] for line in ended.stderr.splitlines()) == [
        "AMQP_URI",
        "LOG_LEVEL",
        "MASTER_KEY",
    ]
    assert "short" not in ended.stderr


def test_a_full_house_answers_503_and_still_says_that_it_is_well(own: ServiceProcess, issuer: Issuer) -> None:
    own.start(HTTP_WORKERS="2")
    url, answers = f"{own.address}/probe/v1/slow-notes", []

    def slow() -> None:
        answer = httpx.post(url, json={"seconds": 13}, headers=issuer.bearer(), trust_env=False, timeout=40)
        answers.append(answer.status_code)

    threads = [threading.Thread(target=slow) for _ in range(3)]
    for thread in threads:
        thread.start()
    own.wait_until(lambda: own.running() == 3, "a full house")
    assert own.get("/health/ready").status_code == 200
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 201, 503]


def test_a_collision_in_the_database_is_tried_again(own: ServiceProcess, issuer: Issuer, own_database: str) -> None:
    """Two requests lock two notes in opposite order: PostgreSQL ends one of them, which is done again."""
    own.start()
    with own.client(headers=issuer.bearer()) as client:
        made = [client.post("/probe/v1/notes", json={"text": "x"}).json()["noteId"] for _ in range(2)]
        codes: list[int] = []

        def swap(order: list[str]) -> None:
            codes.append(client.post("/probe/v1/swaps", json={"notes": order}).status_code)

        threads = [threading.Thread(target=swap, args=[order]) for order in (made, made[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert codes == [200, 200]
