"""The operators' endpoints of a running service: what is shown, what is decided, and who may."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from chassis.migrations import migrate
from tests.support.events import placement_agreed, referral_accepted
from tests.support.incoming import applied, ask, behave, ids, migrated, misbehave, parked
from tests.support.incoming_process import QUEUE, publish, service
from tests.support.issuer import Issuer
from tests.support.outgoing import until
from tests.support.servers import TestBroker, TestPostgres, fresh_name

NOBODY = "0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c11"


class Running:
    """The service with its database and broker, and a client with every right."""

    def __init__(self, database: str, amqp_uri: str, client: httpx.Client) -> None:
        self.database = database
        self.amqp_uri = amqp_uri
        self.client = client

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def all(self, path: str) -> list[dict[str, Any]]:
        """Every item of a list, page by page."""
        items, address = [], f"{path}?limit=2"
        while address:
            page = self.client.get(address.partition("/activities/v1")[2] or address).json()
            items += page["items"]
            address = page["next"]
        return items


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def running(postgres: TestPostgres, broker: TestBroker, issuer: Issuer) -> Iterator[Running]:
    name = fresh_name()
    database, amqp_uri = migrated(postgres.create(name)), broker.vhost()
    publish(amqp_uri, [])
    process = service(database, amqp_uri, issuer, INBOX_RETRY_ATTEMPTS="2").start()
    headers = issuer.bearer(roles=["operations"])
    with httpx.Client(
        base_url=f"{process.address}/activities/v1", headers=headers, timeout=20, trust_env=False
    ) as client:
        yield Running(database, amqp_uri, client)
    assert process.stop() == 0
    postgres.drop(name)


@pytest.fixture(autouse=True)
def nothing_left(running: Running) -> None:
    ask(running.database, "truncate activities.applied, activities.misbehaviour, chassis.parked, chassis.deferred, \
chassis.discarded, chassis.outbox, chassis.stream_head")  # fmt: skip


def stuck(running: Running) -> tuple[str, list[str]]:
    """A parked event and those behind it."""
    first = referral_accepted()
    behind = [placement_agreed(first.subject_id, sequence=number) for number in (2, 3)]
    misbehave(running.database, first, "raise")
    publish(running.amqp_uri, [first, *behind])
    until(
        lambda: parked(running.database) and ask(running.database, "select count(*) from chassis.deferred")[0] == (2,)
    )
    return first.id, ids(behind)


def test_parked_events_are_listed_and_shown_with_what_waits_behind_them(running: Running) -> None:
    event_id, behind = stuck(running)
    (listed,) = running.get("/parked")["items"]
    assert (listed["eventId"], listed["reason"], listed["behind"]) == (event_id, "attempts-exhausted", 2)
    assert listed["error"]["error"] == "RuntimeError"
    assert "raw" not in listed
    shown = running.get(f"/parked/{event_id}")
    assert event_id.encode() in base64.b64decode(shown["raw"])
    deferred = running.all("/deferred")
    assert [(one["eventId"], one["nextAttemptAt"]) for one in deferred] == [(one, None) for one in behind]


def test_lists_are_paged(running: Running) -> None:
    publish(running.amqp_uri, [f"junk {number}".encode() for number in range(5)])
    until(lambda: len(parked(running.database)) == 5)
    listed = running.all("/parked")
    assert sorted(one["eventId"] for one in listed) == sorted(parked(running.database))


def test_a_replayed_event_is_applied_with_those_behind_it(running: Running) -> None:
    event_id, behind = stuck(running)
    behave(running.database)
    answer = running.client.post(f"/parked/{event_id}/replay")
    assert (answer.status_code, answer.json()) == (202, {"eventId": event_id, "status": "deferred"})
    until(lambda: applied(running.database) == [event_id, *behind])


def test_a_discarded_event_is_gone_and_those_behind_it_are_applied(running: Running) -> None:
    event_id, behind = stuck(running)
    answer = running.client.post(f"/parked/{event_id}/discard", json={"reason": "told by mistake"})
    assert (answer.status_code, answer.json()["status"]) == (200, "discarded")
    until(lambda: applied(running.database) == behind)
    assert ask(running.database, "select discarded_by, reason from chassis.discarded") == [
        ("partner-1", "told by mistake")
    ]


def test_what_this_release_cannot_read_is_not_replayed(running: Running) -> None:
    publish(running.amqp_uri, [b"junk"])
    until(lambda: parked(running.database))
    answer = running.client.post(f"/parked/{next(iter(parked(running.database)))}/replay")
    assert answer.status_code == 409
    assert "cannot read it" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"/parked/{NOBODY}", None, 404),
        ("POST", f"/parked/{NOBODY}/replay", None, 404),
        ("POST", f"/parked/{NOBODY}/discard", {"reason": "not there"}, 404),
        ("POST", f"/parked/{NOBODY}/discard", {}, 400),
        ("POST", f"/parked/{NOBODY}/discard", {"reason": ""}, 400),
        ("GET", "/parked/not-an-id", None, 404),
        ("GET", "/parked?after=made-up", None, 400),
        ("GET", "/deferred?limit=0", None, 400),
        ("POST", "/replays", {}, 400),
        ("POST", "/replays", {"since": "yesterday"}, 400),
        ("POST", "/replays", {"since": "2027-01-01T00:00:00Z", "after": -1}, 400),
    ],
)
def test_a_wrong_request_is_told_so(running: Running, method: str, path: str, body: Any, status: int) -> None:
    answer = running.client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_reading_is_not_deciding(running: Running, issuer: Issuer) -> None:
    reader, nobody = (
        issuer.bearer(roles=["operations"], scope="operations:read"),
        issuer.bearer(roles=["report-reader"]),
    )
    assert running.client.get("/parked", headers=reader).status_code == 200
    assert running.client.post(f"/parked/{NOBODY}/replay", headers=reader).status_code == 403
    assert running.client.post("/replays", json={"since": "2027-01-01T00:00:00Z"}, headers=reader).status_code == 403
    for path in ("/parked", "/deferred", "/flow-heads", "/delivery"):
        assert running.client.get(path, headers=nobody).status_code == 403


def test_heads_say_what_was_told_and_a_replay_tells_it_again(running: Running) -> None:
    publish(running.amqp_uri, events := [referral_accepted() for _ in range(5)])
    until(lambda: len(applied(running.database)) == 5)
    heads = running.all("/flow-heads")
    assert sorted(one["subject"] for one in heads) == sorted(f"need/{e.data['needs'][0]['need_id']}" for e in events)
    assert {one["lastSequence"] for one in heads} == {1}
    ask(running.database, "insert into chassis.published select id, now(), event_id, type, subject, sequence, \
partition_key, time, body from chassis.outbox; truncate chassis.outbox")  # fmt: skip
    answer = running.client.post("/replays", json={"subject": heads[0]["subject"]})
    assert (answer.status_code, answer.json()) == (202, {"replayed": 1, "next": None})
    answer = running.client.post("/replays", json={"since": "2020-01-01T00:00:00Z"})
    assert answer.json() == {"replayed": 4, "next": None}


def test_delivery_says_how_things_stand(running: Running) -> None:
    stuck(running)
    publish(running.amqp_uri, [referral_accepted()])
    until(lambda: len(applied(running.database)) == 1)
    until(lambda: running.get("/delivery")["queues"][0]["lastAppliedLagSeconds"] is not None)
    said = running.get("/delivery")
    assert (said["parked"], said["deferred"], said["behindParked"], said["relayActive"]) == (1, 2, 2, False)
    assert said["outbox"]["depth"] == 1
    assert said["outbox"]["oldestSeconds"] > 0
    (queue,) = said["queues"]
    assert (queue["name"], queue["partition"], queue["state"], queue["active"]) == (QUEUE, 0, "active", True)
    assert queue["lastAppliedLagSeconds"] < 30


def test_metrics_count_what_became_of_events(running: Running) -> None:
    stuck(running)
    publish(running.amqp_uri, [referral_accepted(), b"junk"])
    until(lambda: len(applied(running.database)) == 1 and len(parked(running.database)) == 2)
    text = httpx.get(str(running.client.base_url).rstrip("/").replace("/v1", "/metrics"), trust_env=False).text
    for outcome in ("applied", "deferred", "parked"):
        assert f'outcome="{outcome}",type="nl.newcomers.referral-accepted.v1"' in text
    assert 'outcome="parked",type="unreadable"' in text
    assert f'meedoen_consumer_active{{queue="{QUEUE}"}} 1.0' in text
    assert f'meedoen_inbox_batch_events_count{{queue="{QUEUE}"}}' in text
    assert "meedoen_event_lag_seconds_bucket" in text


def test_the_migrations_can_be_applied_again(running: Running) -> None:
    assert migrate(running.database, "activities") == []
