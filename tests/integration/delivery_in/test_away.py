"""Database or broker away: no process dies, health says so, and the flow resumes by itself (section 4, point 5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.postgres import Postgres
from infra.local.rabbitmq import RabbitMQ
from tests.support.events import partner_changed, referral_accepted
from tests.support.incoming import applied, counted, ids, migrated
from tests.support.incoming_process import depth, health, publish, service
from tests.support.outgoing import new_id, until
from tests.support.servers import fresh_name
from tests.support.service_process import ServiceProcess


@pytest.fixture
def own_database(private_postgres: Postgres) -> Iterator[str]:
    """A migrated database on a server that the test may stop."""
    yield migrated(private_postgres.databases.create(fresh_name()))
    private_postgres.start()


@pytest.fixture
def own_vhost(private_broker: RabbitMQ) -> Iterator[str]:
    """A vhost on a broker that the test may kill."""
    yield private_broker.vhosts.fresh()
    private_broker.start()


def says(process: ServiceProcess, word: str) -> bool:
    inbox = health(process)["inbox"]
    return inbox["status"] == "warn" and word in inbox["reason"]


def alive(process: ServiceProcess) -> bool:
    return process.process.poll() is None


def test_the_database_stops_at_once_under_load_and_comes_back(
    own_database: str, amqp_uri: str, private_postgres: Postgres
) -> None:
    names = [new_id() for _ in range(30)]
    events = [partner_changed(name, sequence=number) for number in range(1, 61) for name in names]
    publish(amqp_uri, events)
    process = service(own_database, amqp_uri, INBOX_BATCH="20").start()
    try:
        until(lambda: len(applied(own_database)) > 100)
        private_postgres.stop_at_once()
        until(lambda: says(process, "database-away"))
        until(lambda: depth(amqp_uri) > 0)
        assert alive(process)
        private_postgres.start()
        until(lambda: depth(amqp_uri) == 0 and len(applied(own_database)) == len(events), seconds=30)
        assert sorted(applied(own_database)) == sorted(ids(events))
        assert counted(own_database) == dict.fromkeys(names, 60)
        until(lambda: health(process)["inbox"]["status"] == "pass")
        assert process.stop() == 0
    finally:
        process.kill()


def test_a_service_that_nothing_is_sent_to_notices_that_its_database_went_and_came(
    own_database: str, amqp_uri: str, private_postgres: Postgres
) -> None:
    publish(amqp_uri, [])
    process = service(own_database, amqp_uri).start()
    try:
        until(lambda: health(process)["inbox"]["status"] == "pass")
        private_postgres.stop_at_once()
        until(lambda: says(process, "database-away"), seconds=15)
        private_postgres.start()
        until(lambda: health(process)["inbox"]["status"] == "pass", seconds=15)
        publish(amqp_uri, events := [referral_accepted()])
        until(lambda: applied(own_database) == ids(events))
        assert process.stop() == 0
    finally:
        process.kill()


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_the_broker_goes_under_load_and_comes_back(
    counting: str, own_vhost: str, private_broker: RabbitMQ, how: str
) -> None:
    names = [new_id() for _ in range(30)]
    events = [partner_changed(name, sequence=number) for number in range(1, 61) for name in names]
    publish(own_vhost, events)
    process = service(counting, own_vhost, INBOX_BATCH="20").start()
    try:
        until(lambda: len(applied(counting)) > 100)
        getattr(private_broker, how)()
        until(lambda: says(process, "broker-away"))
        assert alive(process)
        private_broker.start()
        until(lambda: len(applied(counting)) == len(events) and depth(own_vhost) == 0, seconds=30)
        assert sorted(applied(counting)) == sorted(ids(events))
        assert counted(counting) == dict.fromkeys(names, 60)
        until(lambda: health(process)["inbox"]["status"] == "pass")
        assert process.stop() == 0
    finally:
        process.kill()


def test_it_starts_without_its_queue_and_consumes_when_it_is_there(counting: str, amqp_uri: str) -> None:
    process = service(counting, amqp_uri).start()
    try:
        until(lambda: says(process, "closed"))
        publish(amqp_uri, events := [referral_accepted()])
        until(lambda: applied(counting) == ids(events))
        assert process.stop() == 0
    finally:
        process.kill()


def test_it_stops_in_time_while_the_broker_is_away(counting: str) -> None:
    process = service(counting, "amqp://guest:guest@127.0.0.1:9/%2F").start()
    try:
        until(lambda: says(process, "broker-away"))
        assert process.stop(seconds=10) == 0
    finally:
        process.kill()
