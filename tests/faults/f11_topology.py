"""11. A queue is deleted, a binding is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from chassis.strays import replay_strays
from chassis.topology import EXCHANGE, UNROUTED, binding_keys, missing, queue_name
from contracts.catalogue import SERVICES
from infra.local.processes import until
from ops.commands.replay import tell_again
from tests.faults.harness.fault import Again, Fault
from tests.faults.harness.load import Load

_EVERY_S: Final = 10
"""How often relays declare the topology here; the default is 60."""
_REPAIRED_WITHIN_S: Final = 90.0
_SERVICES: Final = ("reporting", "activities", "notifications")


class Topology(Fault):
    """Somebody takes away a part of what carries events. A relay makes it again, an operator has events told again."""

    number = 11
    again = Again.MUST

    def prepare(self) -> None:
        self.service = _SERVICES[self.turn % len(_SERVICES)]
        self.queue = queue_name(self.service, 0, 1)
        self.stage.orders.lasting("intake-relay", TOPOLOGY_SECONDS=str(_EVERY_S))
        self.stage.restart("intake-relay")

    def strike(self, load: Load) -> None:
        with self.stage.channel() as channel:
            self.take_away(channel)
        load.goes_on(20)
        assert until(self.is_whole, _REPAIRED_WITHIN_S, every=1), "nobody made it again"
        self._operator()

    def take_away(self, channel: Any) -> None:
        """Do it."""
        raise NotImplementedError

    def is_whole(self) -> bool:
        """Whether it was made again."""
        raise NotImplementedError

    def _operator(self) -> None:
        """What the runbook says: send again what found no queue, and have told again what was told since."""
        self.unrouted = replay_strays(self.stage.at.amqp_uri, UNROUTED, limit=10_000)
        for service in SERVICES:
            tell_again(self.stage.target.operations(service), {"since": self.since.isoformat()})

    def clean_up(self) -> None:
        self.stage.orders.lasting("intake-relay")
        self.stage.restart("intake-relay")

    def wrong(self, load: Load) -> Iterable[str]:
        # Reporting alone hears of mails, so without its queue those events have nowhere to go.
        if self.service == "reporting" and not self.unrouted:
            yield "nothing was caught by the alternate exchange"


class QueueDeleted(Topology):
    name = "queue-deleted"
    what = "a service's queue deleted (topology declared every 10 s), made again, events told again"

    def take_away(self, channel: Any) -> None:
        channel.queue_delete(self.queue)

    def is_whole(self) -> bool:
        return missing(self.stage.at.amqp_uri) == []


class BindingsMissing(Topology):
    name = "bindings-missing"
    what = "all bindings of a service's queue removed (topology declared every 10 s), made again, events told again"

    def take_away(self, channel: Any) -> None:
        for key in binding_keys(self.service, 0, 1):
            channel.queue_unbind(self.queue, EXCHANGE, key)

    def is_whole(self) -> bool:
        bound = self.stage.rabbitmq.ctl("list_bindings", "source_name", "destination_name", "routing_key").splitlines()
        return all(f"{EXCHANGE}\t{self.queue}\t{key}" in bound for key in binding_keys(self.service, 0, 1))
