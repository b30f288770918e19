"""A local installation keeps its keys and ports, and keeps its secrets to itself."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from chassis.addresses import addresses
from chassis.settings import read
from contracts.catalogue import SERVICES
from infra.local.cluster import Cluster
from infra.local.installation import Installation
from infra.local.ports import HOST
from infra.local.rabbitmq import RabbitMQ
from services.notifications.settings import MailSettings

NAMED = {"DATABASE_URL": "postgresql://u@h/d", "AMQP_URI": "amqp://h/v"}


def _kept(var: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((var / "installation.json").read_text())
    return found


def test_restarts_keep_keys_and_ports(tmp_path: Path) -> None:
    Installation(tmp_path, {}).prepare()
    before = _kept(tmp_path)
    Installation(tmp_path, {}).prepare()
    assert _kept(tmp_path) == before


def test_each_service_has_a_key_and_a_port_of_its_own(tmp_path: Path) -> None:
    at = Installation(tmp_path, {})
    at.prepare()
    kept = _kept(tmp_path)
    keys, ports = kept["masterKeys"], kept["ports"]
    assert isinstance(keys, dict)
    assert isinstance(ports, dict)
    assert len({*keys.values()}) == len(SERVICES)
    assert len({*ports.values()}) == len(ports)
    assert len({at.url(service) for service in SERVICES}) == len(SERVICES)


def test_mails_lead_to_the_pages(tmp_path: Path) -> None:
    at = Installation(tmp_path, NAMED)
    at.prepare()
    assert read(MailSettings, at.environment("notifications")).work_url == f"{at.origin}/intake/referrals"


def test_a_port_that_was_taken_meanwhile_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    Installation(tmp_path, {}).prepare()
    before = _kept(tmp_path)["ports"]
    assert isinstance(before, dict)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((HOST, before["intake"]))
        other.listen()
        Installation(tmp_path, {}).prepare()
    after = _kept(tmp_path)["ports"]
    assert isinstance(after, dict)
    assert after["intake"] != before["intake"]
    assert {**after, "intake": 0} == {**before, "intake": 0}


def test_only_its_owner_reads_secrets_and_mail(tmp_path: Path) -> None:
    Installation(tmp_path / "var", {}).prepare()
    assert (tmp_path / "var" / "installation.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var" / "mail").stat().st_mode & 0o777 == 0o700


def test_named_servers_are_used_and_none_is_run(tmp_path: Path) -> None:
    at = Installation(tmp_path, NAMED)
    assert at.postgres is None
    assert at.rabbitmq is None
    assert at.amqp_uri == "amqp://h/v"


def test_a_cluster_is_found_again_by_whoever_comes_later(tmp_path: Path) -> None:
    Installation(tmp_path, {}).with_broker_nodes(3)
    first, second = Installation(tmp_path, {}), Installation(tmp_path, {})
    first.prepare()
    assert isinstance(first.rabbitmq, Cluster)
    assert isinstance(second.rabbitmq, Cluster)
    for node in first.rabbitmq.nodes:
        node.prepare()
    assert len(set(addresses(first.amqp_uri))) == 3
    assert first.rabbitmq.names == second.rabbitmq.names
    assert second.amqp_uri == first.amqp_uri


def test_without_more_being_asked_rabbitmq_is_one_node(tmp_path: Path) -> None:
    found = Installation(tmp_path, {}).rabbitmq
    assert isinstance(found, RabbitMQ)
    assert found.nodes == [found]


def test_partners_secrets_are_kept_beside_what_another_command_wrote(tmp_path: Path) -> None:
    one, other = Installation(tmp_path, {}), Installation(tmp_path, {})
    one.prepare()
    other = Installation(tmp_path, {})
    one.keep_partner("p1", clientId="p1", clientSecret="s1")
    other.keep_partner("p2", clientId="p2", clientSecret="s2")
    assert set(Installation(tmp_path, {}).partners) == {"p1", "p2"}


def test_a_service_has_a_process_for_each_partition_at_an_address_of_its_own(tmp_path: Path) -> None:
    at = Installation(tmp_path, NAMED)
    at.prepare()
    assert [process.name for process in at.processes("activities")] == ["activities"]
    assert "PROCESS_ADDRESS" not in at.process_environment(at.processes("activities")[0])
    at.keep_partition_counts("activities", 1, 2)
    processes = Installation(tmp_path, NAMED).processes("activities")
    assert [process.name for process in processes] == ["activities", "activities.p2.0", "activities.p2.1"]
    settings = [at.process_environment(process) for process in processes]
    assert [one["PARTITIONS"] for one in settings] == ["0", "0", "1"]
    assert [one["PARTITION_COUNT"] for one in settings] == ["1", "2", "2"]
    assert {one["HTTP_ADDRESS"] for one in settings} == {at.address("activities")}
    assert len({at.process_url(process) for process in processes}) == 3
    assert [process.name for process in at.processes("intake")] == ["intake"]


def test_numbers_of_partitions_and_ports_outlive_a_restart(tmp_path: Path) -> None:
    at = Installation(tmp_path, {})
    at.prepare()
    at.keep_partition_counts("reporting", 4)
    before = _kept(tmp_path)
    Installation(tmp_path, {}).prepare()
    assert _kept(tmp_path) == before
    at.keep_partition_counts("reporting", 1)
    assert Installation(tmp_path, {}).partition_counts("reporting") == [1]
