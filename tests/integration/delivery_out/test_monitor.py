"""Health and metrics of a relay, over HTTP."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx

from chassis.database import Database
from tests.support.outgoing import RelayProcess, outbox_depth, tell_libraries, until
from tests.support.outgoing import new_id as new


def port_of(log: Path) -> int:
    return int(until(lambda: re.search(r'"port":(\d+)', log.read_text()))[1])


def metric(address: str, name: str) -> float:
    text = httpx.get(f"{address}/metrics").text
    return sum(float(line.split()[-1]) for line in text.splitlines() if re.match(rf"{name}(\{{| )", line))


def test_tells_the_truth_about_itself(intake: Database, wired: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with RelayProcess(intake.url, wired, log, HEALTH_ADDRESS="127.0.0.1:0"):
        address = f"http://127.0.0.1:{port_of(log)}"
        until(lambda: httpx.get(f"{address}/health/ready").status_code == 200)
        assert httpx.get(f"{address}/health/live").json() == {"status": "pass"}
        assert httpx.get(f"{address}/health/ready").json()["checks"]["database"] == {"status": "pass", "active": True}
        assert httpx.get(f"{address}/nothing").status_code == 404
        tell_libraries(intake, new(), new())
        until(lambda: outbox_depth(intake) == 0)
        assert metric(address, "meedoen_relay_active") == 1
        until(lambda: metric(address, "meedoen_events_published_total") == 2)
        assert metric(address, "meedoen_outbox_depth") == 0


def test_without_a_broker_it_is_not_ready_and_shows_what_waits(intake: Database, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with RelayProcess(intake.url, "amqp://127.0.0.1:9/", log, HEALTH_ADDRESS="127.0.0.1:0"):
        address = f"http://127.0.0.1:{port_of(log)}"
        until(lambda: "relay_begins_again" in log.read_text())
        tell_libraries(intake, new())
        tell_libraries(intake, new(), bulk=True)
        answer = httpx.get(f"{address}/health/ready")
        assert answer.status_code == 503
        assert "Refused" in answer.json()["checks"]["broker"]["reason"]
        assert httpx.get(f"{address}/health/live").status_code == 200
        assert metric(address, "meedoen_outbox_depth") == 2
        assert metric(address, "meedoen_outbox_oldest_seconds") > 0
        assert metric(address, "meedoen_relay_restarts_total") >= 1


def test_without_a_database_it_is_not_ready_and_still_answers(tmp_path: Path, wired: str) -> None:
    log = tmp_path / "log"
    with RelayProcess("postgresql://127.0.0.1:9/none", wired, log, HEALTH_ADDRESS="127.0.0.1:0"):
        address = f"http://127.0.0.1:{port_of(log)}"
        until(lambda: "migrations_wait_for_database" in log.read_text())
        answer = httpx.get(f"{address}/health/ready")
        assert answer.status_code == 503
        assert json.loads(answer.text)["checks"]["database"]["status"] == "fail"
        assert httpx.get(f"{address}/metrics").status_code == 200


def test_an_address_that_is_taken_is_named(database: str, wired: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with RelayProcess(database, wired, first, HEALTH_ADDRESS="127.0.0.1:0"):
        taken = f"127.0.0.1:{port_of(first)}"
        with RelayProcess(database, wired, second, HEALTH_ADDRESS=taken) as other:
            assert other.wait(20) == 78
    assert "HEALTH_ADDRESS: cannot listen" in second.read_text()
