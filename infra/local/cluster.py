"""A private RabbitMQ of several nodes on this machine: one cluster, found by one port mapper, with one cookie.

A minority that is cut off pauses until it is back: with three nodes the other two go on, and nothing ever has to be
merged.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from infra.local.epmd import PortMapper
from infra.local.ports import free_port
from infra.local.rabbitmq import RabbitMQ
from infra.local.state import ServerFailed, State

_CONFIG = """\
cluster_partition_handling = pause_minority
cluster_formation.peer_discovery_backend = classic_config
"""


class Cluster:
    """`size` nodes. `directory` holds all of them, and what they share."""

    name = "rabbitmq"

    def __init__(self, directory: Path, size: int = 3) -> None:
        self.directory = directory.absolute()
        self._state: State | None = None
        self.nodes: Sequence[Node] = [Node(self, number) for number in range(1, size + 1)]

    @property
    def state(self) -> State:
        """What all nodes know; made by whoever asks first."""
        if self._state is None:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._state = State(self.directory / "cluster.json")
            if not self._state.values:
                names = [f"meedoen-{secrets.token_hex(4)}@localhost" for _ in self.nodes]
                self._state.save(password=secrets.token_hex(16), epmd_port=free_port(), nodes=names)
        return self._state

    @property
    def names(self) -> list[str]:
        """As Erlang knows the nodes."""
        return list(self.state.values["nodes"])

    @property
    def uri(self) -> str:
        """AMQP addresses of all nodes."""
        return ";".join(node.uri for node in self.nodes)

    def ctl(self, *words: str) -> str:
        """Run rabbitmqctl on a node that runs; what it printed. Raises ServerFailed."""
        for node in self.nodes:
            if node.process is not None:
                return node.ctl(*words)
        raise ServerFailed("no node of the cluster runs")


class Node(RabbitMQ):
    """One broker of a cluster."""

    _ports = ("port", "dist_port")

    def __init__(self, cluster: Cluster, number: int) -> None:
        super().__init__(cluster.directory / f"node-{number}", f"{cluster.name}-{number}")
        self._cluster = cluster
        self._number = number

    @property
    def epmd(self) -> PortMapper:
        return PortMapper(self._cluster.state)

    @property
    def home(self) -> Path:
        return self._cluster.directory / "home"

    def stop_epmd(self) -> None:
        """With the last node."""
        if all(node.process is None for node in self._cluster.nodes):
            super().stop_epmd()

    def _names_itself(self) -> dict[str, str]:
        shared = self._cluster.state.values
        return {"password": shared["password"], "node": shared["nodes"][self._number - 1]}

    def _more(self) -> str:
        nodes = [
            f"cluster_formation.classic_config.nodes.{number} = {name}\n"
            for number, name in enumerate(self._cluster.names, 1)
        ]
        return _CONFIG + "".join(nodes)
