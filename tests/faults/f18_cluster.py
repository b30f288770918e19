"""18. RabbitMQ as a cluster of three nodes: one dies, one is cut off or falls silent, all are restarted in turn."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable
from typing import Final

from infra.local.cluster import Cluster, Node
from infra.local.processes import until
from infra.local.state import ServerFailed
from tests.faults.harness.fault import Fault
from tests.faults.harness.load import Load

_CUT: Final = "[begin erlang:set_cookie(N, cut_off), erlang:disconnect_node(N) end || N <- [{others}]]."
"""Erlang takes no connection from whom it knows by another cookie, so neither side can make one."""
_JOIN: Final = "[erlang:set_cookie(N, erlang:get_cookie()) || N <- [{others}]]."
_TOGETHER_S: Final = 120.0


class ClusterFault(Fault):
    """Something happens to one node, or to all in turn. Queues have a copy on each; two of three go on."""

    number = 18
    broker_nodes = 3

    def prepare(self) -> None:
        assert isinstance(self.stage.rabbitmq, Cluster)
        self.cluster: Cluster = self.stage.rabbitmq
        assert until(self.is_whole, _TOGETHER_S, every=1), "the cluster is not whole"
        self.node: Node = self.chance.choice(self.cluster.nodes)

    def is_whole(self) -> bool:
        """Whether any node could go now and every queue would stay: all copies are there and up to date."""
        try:
            for node in self.cluster.nodes:
                node.diagnose("check_if_node_is_quorum_critical")
        except ServerFailed:
            return False
        return True

    def wrong(self, load: Load) -> Iterable[str]:
        if not until(self.is_whole, _TOGETHER_S, every=1):
            yield "the cluster is not whole again"


class NodeKilled(ClusterFault):
    """It stays down as long as the load goes on."""

    name = "node-killed"
    what = "one of three RabbitMQ nodes killed for good"

    def strike(self, load: Load) -> None:
        self.victims = {self.node.name}
        self.stage.orders.hold(self.node.name)
        self.restarts = self.stage.kill(self.node.name)

    def clean_up(self) -> None:
        self.stage.orders.release(self.node.name)
        self.stage.comes_back(self.node.name, self.restarts, _TOGETHER_S)


class NodeCutOff(ClusterFault):
    """The other two do not reach it, nor it them, but clients do. It stays so as long as the load goes on."""

    name = "node-cut-off"
    what = "one of three RabbitMQ nodes cut off from the other two"

    def strike(self, load: Load) -> None:
        self.tell(_CUT)

    def clean_up(self) -> None:
        self.tell(_JOIN)

    def tell(self, words: str) -> None:
        """Have the node do this with each of the others."""
        others = [f"'{name}'" for name in self.cluster.names if name != self.node.state.values["node"]]
        self.node.ctl("eval", words.format(others=", ".join(others)))


class NodeCutOffForAWhile(NodeCutOff):
    """The cut is healed under load."""

    name = "node-cut-off-for-a-while"
    what = "one of three RabbitMQ nodes cut off from the other two for 10 to 30 s, and taken in again"

    def strike(self, load: Load) -> None:
        super().strike(load)
        _goes_on_for(load, self.chance.uniform(10, 30))
        self.tell(_JOIN)

    def clean_up(self) -> None:
        """It is healed already."""


class NodeSilent(ClusterFault):
    """It answers nobody, and no connection to it breaks: a network that swallows all, or a machine that hangs."""

    name = "node-silent"
    what = "one of three RabbitMQ nodes silent for 5 to 30 s"

    def strike(self, load: Load) -> None:
        process = self.stage.process(self.node.name)
        process.signal(signal.SIGSTOP)
        try:
            _goes_on_for(load, self.chance.uniform(5, 30))
        finally:
            process.signal(signal.SIGCONT)


class RollingRestart(ClusterFault):
    """As an operator upgrades it: each only when the others hold everything."""

    name = "rolling-restart"
    what = "three RabbitMQ nodes stopped in order and started again, one after the other"

    def strike(self, load: Load) -> None:
        self.victims = {node.name for node in self.cluster.nodes}
        for node in self.cluster.nodes:
            self.stage.comes_back(node.name, self.stage.terminate(node.name), _TOGETHER_S)
            assert until(self.is_whole, _TOGETHER_S, every=1), f"the cluster is not whole after {node.name}"


def _goes_on_for(load: Load, seconds: float) -> None:
    """Meanwhile intake acknowledges as ever."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        load.goes_on(5)
