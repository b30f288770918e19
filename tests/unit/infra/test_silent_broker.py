"""A broker that accepts connections and then says nothing, as one that hangs."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pika.exceptions import AMQPError

from chassis.topology import connect
from infra.local.ports import HOST
from infra.local.processes import Process
from infra.local.rabbitmq import RabbitMQ


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as silent:
        silent.bind((HOST, 0))
        silent.listen()
        yield silent.getsockname()[1]


def test_it_is_not_well_and_ends_nobody(port: int, tmp_path: Path) -> None:
    """The supervisor asks this: what is raised would end it, and everything with it."""
    broker = RabbitMQ(tmp_path)
    broker.state.save(port=port, password="secret", node="n")
    broker.state.process = Process.of(os.getpid())
    assert broker.healthy() is False


def test_to_connect_is_the_error_that_everybody_expects(port: int) -> None:
    with pytest.raises(AMQPError):
        connect(f"amqp://guest:guest@{HOST}:{port}/", timeout_s=0.5)
