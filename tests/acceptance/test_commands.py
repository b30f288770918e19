"""The operator's command on the running platform: what it answers, as JSON and for people, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pika
import pytest

from chassis.topology import EXCHANGE, queue_names
from contracts.catalogue import SERVICES
from infra.local.processes import until
from ops.main import main
from ops.tokens import demo
from tests.support.platform import Platform

PARTNER = "Taalschool Twente"


@dataclass(frozen=True)
class Ran:
    """What one run of the command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert "Traceback" not in self.err
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("status", "--json")`: one command as operators give it, further words being its environment."""

    def one(*words: str, **more: str) -> Ran:
        with monkeypatch.context() as environment:
            for name in ("DATABASE_URL", "AMQP_URI"):
                environment.delenv(name, raising=False)
            for name, value in {"MEEDOEN_VAR": str(platform.var), **more}.items():
                environment.setenv(name, value)
            capsys.readouterr()
            code = main(words)
        return Ran(code, *capsys.readouterr())

    return one


def test_status_lists_every_process_with_what_scripts_need(run: Run, platform: Platform) -> None:
    assert until(platform.all_ready, 60)
    answer = run("status", "--json")
    assert answer.code == 0
    rows = {row["name"]: row for row in answer.json}
    assert set(SERVICES) < set(rows)
    for row in rows.values():
        assert row["ready"] is True
        assert row["pids"]
        assert all(isinstance(pid, int) and pid > 0 for pid in row["pids"])
    for service in SERVICES:
        assert rows[service]["url"] == platform.at.url(service)
        assert rows[service]["outbox"] >= 0
        assert rows[service]["relayActive"] is True
    assert "reporting-relay" in run("status").out


def test_doctor_finds_nothing_wrong(run: Run, platform: Platform) -> None:
    assert until(platform.all_ready, 60)
    answer = run("doctor", "--json")
    wrong = [one for one in answer.json if not one["ok"] and one["what"] != "libraries"]
    assert wrong == []


def test_libraries_are_registered_once(run: Run) -> None:
    words = ("library", "add", "Bibliotheek Proef", "--mailbox", "proef@example.org", "-m", "Borne", "--json")
    first, second = run(*words), run(*words)
    assert first.code == second.code == 0
    assert first.json["libraryId"] == second.json["libraryId"]
    listed = run("library", "list", "--json").json
    assert [one["name"] for one in listed].count("Bibliotheek Proef") == 1
    assert len(listed) == len(demo().libraries) + 1
    assert "Bibliotheek Proef" in run("library", "list").out
    changed = run("library", "terms", "Bibliotheek Proef", "--closed", "2026-12-21..2027-01-03", "--json").json
    assert (changed["contactWithinDays"], changed["mailbox"]) == (5, "proef@example.org")
    assert changed["closures"] == [{"from": "2026-12-21", "through": "2027-01-03"}]
    assert "within 3 working days" in run("library", "terms", "Bibliotheek Proef", "--contact-within-days", "3").out
    assert "There is no library" in run("library", "terms", "Nergens", "--never-closed").err


def test_a_partner_gets_a_secret_once_and_a_token_with_it(run: Run) -> None:
    first = run("partner", "add", "Partner Proef", "-m", "GM0153", "--json")
    assert first.code == 0
    assert len(first.json["clientSecret"]) > 20
    assert "clientSecret" not in run("partner", "add", "Partner Proef", "--json").json
    token = run("token", "--partner", "Partner Proef", "--json")
    assert token.json["claims"]["sub"] == first.json["partnerId"]
    fresh = run("partner", "rotate-secret", "Partner Proef", "--json").json
    assert fresh["clientSecret"] != first.json["clientSecret"]
    assert run("token", "--partner", first.json["partnerId"]).out.count(".") == 2
    listed = run("partner", "list", "--json").json
    assert "Partner Proef" in [one["name"] for one in listed]
    assert "clientSecret" not in json.dumps(listed)


@pytest.mark.parametrize(
    ("words", "role"),
    [
        (["--role", "report-reader"], "report-reader"),
        (["--role", "operations"], "operations"),
        (["--role", "coordinator", "--library", "Bibliotheek Borne"], "coordinator"),
        (["--user", "taalhuis-borne"], "coordinator"),
    ],
)
def test_tokens_of_staff(run: Run, words: list[str], role: str) -> None:
    claims = run("token", *words, "--json").json["claims"]
    assert claims["roles"] == [role]


def test_tokens_of_nobody(run: Run) -> None:
    for words in ([], ["--partner", PARTNER, "--role", "operations"], ["--user", "nobody"], ["--partner", "Nobody"]):
        answer = run("token", *words)
        assert answer.code == 2
        assert "Traceback" not in answer.err


def test_tail_shows_an_event_as_it_passes(run: Run, platform: Platform) -> None:
    command = [sys.executable, "-m", "ops.main", "tail", "--type", "library-registered", "--count", "1", "--json"]
    env = {**os.environ, "MEEDOEN_VAR": str(platform.var)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as tail:
        names = (f"Bibliotheek Staart {number}" for number in range(1000))

        def told() -> bool:
            run("library", "add", next(names), "--mailbox", "staart@example.org", "-m", "Borne")
            return tail.poll() is not None

        assert until(told, 40)
        assert tail.stdout
        event = json.loads(tail.stdout.read())
    assert event["type"] == "nl.newcomers.library-registered.v1"
    assert event["data"]["name"].startswith("Bibliotheek Staart")


def test_tail_ends_in_time_and_leaves_no_queue(run: Run, platform: Platform) -> None:
    assert run("tail", "--seconds", "1").code == 0
    assert platform.at.rabbitmq
    assert "amq.gen" not in platform.at.rabbitmq.ctl("list_queues", "name")


def test_audit_is_clean(run: Run) -> None:
    answer = run("audit", "--json")
    assert answer.json["findings"] == []
    assert answer.code == 0
    assert answer.json["subjects"]["intake"] > 0
    assert "Clean." in run("audit").out


def test_nothing_is_parked(run: Run) -> None:
    assert run("parked", "list", "--json").json == []
    unknown = run("parked", "show", "0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c11")
    assert unknown.code == 2
    assert "No event 0192f0c1" in unknown.err


def test_a_replay_repeats_nothing(run: Run) -> None:
    before = run("audit", "--json").json
    answer = run("replay", "--from", "intake", "--since", "2020-01-01T00:00:00Z", "--json")
    assert answer.code == 0
    assert answer.json["replayed"] >= before["subjects"]["intake"]
    after = run("audit", "--wait", "60", "--json").json
    assert after["clean"]
    assert after["totals"] == before["totals"]


def test_elsewhere_by_address_and_token(run: Run, platform: Platform) -> None:
    """The same installation, as one that is reached from outside: by a gateway it would have one address."""
    token = run("token", "--role", "operations").out.strip()
    base = platform.at.url("intake").removesuffix("/intake")
    listed = run("library", "list", "--json", MEEDOEN_URL=base, MEEDOEN_TOKEN=token)
    assert listed.code == 0
    assert len(listed.json) >= len(demo().libraries)
    reader = run("token", "--role", "report-reader").out.strip()
    refused = run("library", "list", MEEDOEN_URL=base, MEEDOEN_TOKEN=reader)
    assert refused.code == 4
    assert "403" in refused.err
    assert run("library", "list", MEEDOEN_URL=base, MEEDOEN_TOKEN="not.a.token").code == 4


def test_a_second_start_says_that_it_runs_and_where(run: Run, platform: Platform) -> None:
    before = platform.rows()
    answer = run("up")
    assert answer.code == 0
    assert "It runs here already" in answer.out
    assert platform.at.url("intake") in answer.out
    assert {name: row["pid"] for name, row in platform.rows().items()} == {n: r["pid"] for n, r in before.items()}


def test_an_event_that_nobody_can_read_is_found_shown_and_discarded(run: Run, platform: Platform) -> None:
    queue = queue_names("reporting", 1)[0]
    _publish(platform, exchange="", key=queue, body=b"this is not an event")
    assert until(lambda: run("parked", "list", "--service", "reporting").code == 1, 40)
    (parked,) = run("parked", "list", "--json").json
    assert parked["at"] == "reporting"
    assert parked["reason"] == "not-an-event"
    shown = run("parked", "show", parked["eventId"], "--json")
    assert shown.json["raw"] == "this is not an event"
    again = run("parked", "replay", parked["eventId"])
    assert again.code == 1
    assert "409" in again.err
    assert run("doctor").code == 1
    audit = run("audit", "--wait", "0", "--json")
    assert audit.code == 1
    assert [finding["service"] for finding in audit.json["findings"]] == ["reporting"]
    assert run("parked", "discard", parked["eventId"], "--reason", "made up for a test").code == 0
    assert run("parked", "list").code == 0
    assert run("audit").code == 0


def test_a_message_that_is_bound_to_nothing_is_found_and_discarded(run: Run, platform: Platform) -> None:
    _publish(platform, exchange=EXCHANGE, key="nobody.hears.this", body=b"lost")
    assert until(lambda: run("parked", "list", "--service", "unrouted").code == 1, 40)
    (stray,) = run("parked", "list", "--json").json
    assert stray["at"] == "unrouted"
    assert run("parked", "show", stray["eventId"], "--json").json["raw"] == "lost"
    assert run("parked", "replay", stray["eventId"]).code == 0
    assert until(lambda: len(run("parked", "list", "--json").json) == 1, 20), "it still has nowhere to go"
    assert run("parked", "discard", stray["eventId"], "--reason", "made up for a test").code == 0
    assert run("parked", "list").code == 0


def _publish(platform: Platform, *, exchange: str, key: str, body: bytes) -> None:
    with closing(pika.BlockingConnection(pika.URLParameters(platform.at.amqp_uri))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish(exchange, key, body, pika.BasicProperties(delivery_mode=2), mandatory=True)
