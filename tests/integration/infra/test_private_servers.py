"""Private servers start beside others, know themselves again, survive kill -9 and leave nothing running."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pika
import psycopg2
import pytest

from infra.local.ports import HOST, answers, is_free
from infra.local.postgres import Postgres
from infra.local.processes import children, command_line, until
from infra.local.rabbitmq import RabbitMQ

Server = Postgres | RabbitMQ


@pytest.fixture(params=["private_postgres", "private_broker"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found.start()


def test_a_second_start_uses_the_server_that_runs(server: Server) -> None:
    again = type(server)(server.directory).start()
    assert again.process == server.process
    assert again.port == server.port


def test_listens_on_loopback_alone(server: Server) -> None:
    tables = [Path(f"/proc/net/{table}").read_text().splitlines()[1:] for table in ("tcp", "tcp6")]
    sockets = [line.split() for table in tables for line in table]
    ours = [
        address for _, address, _, state, *_ in sockets if state == "0A" and address.endswith(f":{server.port:04X}")
    ]
    assert ours == [f"0100007F:{server.port:04X}"]


def test_only_its_owner_can_read_it(server: Server) -> None:
    assert stat.S_IMODE(server.directory.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.directory / "server.json").stat().st_mode) == 0o600


def test_comes_back_on_its_port_after_kill(server: Server) -> None:
    before, port = server.process, server.port
    server.kill()
    assert not answers(port)
    server.start()
    assert server.port == port
    assert server.process != before
    assert server.healthy()


def test_stop_leaves_nothing_running(server: Server) -> None:
    family = [server.process, *children(server.process.pid)] if server.process else []
    assert family
    server.stop()
    assert [process for process in family if process and process.alive] == []
    assert is_free(server.port)
    running = [command_line(int(process.name)) for process in Path("/proc").glob("[0-9]*")]
    assert not [line for line in running if str(server.directory) in line]


def test_a_stale_pid_does_not_keep_it_from_starting(server: Server) -> None:
    """After a restart of the machine the recorded pid can be anybody's: here it is this test's own."""
    server.kill()
    server.state.save(process=[os.getpid(), "not its start"])
    if isinstance(server, Postgres):
        (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    assert server.process is None
    server.start()
    assert server.healthy()


def test_a_port_taken_meanwhile_is_replaced(server: Server) -> None:
    server.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((HOST, server.port))
        other.listen()
        taken = server.port
        server.start()
        assert server.port != taken
        assert server.healthy()


def test_ends_with_the_process_that_started_it(server: Server, tmp_path: Path) -> None:
    """kill -9 of what started it: no orphan stays."""
    server.stop()
    kind = type(server)
    script = (
        f"import time; from pathlib import Path; from {kind.__module__} import {kind.__name__}\n"
        f"{kind.__name__}(Path({str(server.directory)!r})).start(); print('started', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        assert starter.stdout.readline() == "started\n"
        process = kind(server.directory).process
        assert process
        assert process.alive
        starter.send_signal(signal.SIGKILL)
    assert process.gone_within(30)
    assert until(lambda: is_free(server.port), 10)


def test_postgres_keeps_what_was_committed_through_an_immediate_stop(private_postgres: Postgres) -> None:
    url = private_postgres.start().databases.ensure("kept")
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS fact AS SELECT 42 AS answer")
    private_postgres.stop_at_once()
    private_postgres.start()
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM fact")
        assert cursor.fetchone() == (42,)
        cursor.execute("SHOW fsync")
        assert cursor.fetchone() == ("on",)


def test_the_broker_keeps_persistent_messages_through_kill(private_broker: RabbitMQ) -> None:
    uri = private_broker.start().vhost()
    with closing(pika.BlockingConnection(pika.URLParameters(uri))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_publish("", "kept", b"still here", pika.BasicProperties(delivery_mode=2), mandatory=True)
    # RabbitMQ writes the names of new quorum queues to disk a moment after it said that they are there;
    # a queue that is killed within that moment never gets a leader again.
    names = next(private_broker.directory.glob("data/*/quorum/*/names.dets"))
    assert until(lambda: b"_kept" in names.read_bytes(), 20)
    private_broker.kill()
    private_broker.start()
    with closing(pika.BlockingConnection(pika.URLParameters(uri))) as connection:
        found: list[bytes] = []

        def took_it() -> bool:
            body = connection.channel().basic_get("kept", auto_ack=True)[2]
            found.extend([body] if body else [])
            return bool(found)

        assert until(took_it, 15)
        assert found == [b"still here"]


def test_vhosts_are_apart(private_broker: RabbitMQ) -> None:
    one, other = private_broker.start().vhost(), private_broker.vhost()
    with closing(pika.BlockingConnection(pika.URLParameters(one))) as connection:
        connection.channel().queue_declare("mine", durable=True)
    with closing(pika.BlockingConnection(pika.URLParameters(other))) as connection:
        channel = connection.channel()
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="no queue 'mine'"):
            channel.queue_declare("mine", passive=True)
