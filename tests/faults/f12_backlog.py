"""12. A backlog of a million events, as after a night without consumers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final

from tests.faults.harness.accounts import Account
from tests.faults.harness.fault import Apart
from tests.support.backlog import Part, Worker
from tests.support.servers import fresh_name

_EVENTS: Final = int(os.environ.get("BACKLOG", "1000000"))
_FEW: Final = 2_000
_MOST_GROWTH: Final = 1.25
"""How much more memory a process may ever hold with the whole backlog than with a small one."""
_MOST_HELD: Final = 100
"""The batch: what a consumer may have taken and not yet acknowledged."""


class BigBacklog(Apart):
    """Beside the platform, on its servers: a relay and consumers, first with a small backlog, then with it all."""

    number = 12
    once = True
    name = "backlog"
    what = f"a backlog of {_EVENTS:,} events, in an outbox and then in a queue, worked off"

    def play(self, say: Callable[[str], None]) -> Account:
        databases, vhosts = self.stage.postgres.databases, self.stage.rabbitmq.vhosts
        names = [fresh_name(), fresh_name()]
        telling, hearing = (databases.create(name) for name in names)
        try:
            log = self.stage.at.logs / "backlog-relay.log"
            with Worker(telling, hearing, vhosts.fresh(), vhosts, log) as worker:
                return self._account(worker.work_off(_FEW, say), worker.work_off(_EVENTS, say))
        finally:
            for name in names:
                databases.drop(name)

    def _account(self, few: Part, all_: Part) -> Account:
        account = Account(few.events + all_.events, few.published + all_.published)
        account.unexpected += [*wrong(few, all_)]
        if alarms := self.stage.rabbitmq.ctl("eval", "rabbit_alarm:get_alarms().").strip().strip("[]"):
            account.unexpected.append(f"RabbitMQ raised an alarm: {alarms}")
        account.notes.append(
            f"{all_.events:,} events beside {few.events:,}, most MiB resident: "
            f"relay {_beside(all_.relay_mib, few.relay_mib)}, consumer {_beside(all_.consumer_mib, few.consumer_mib)} "
            f"with at most {all_.held} events in hand, RabbitMQ {_beside(all_.broker_mib, few.broker_mib)}"
        )
        return account


def wrong(few: Part, many: Part) -> Iterator[str]:
    """What was lost or came twice, and what grew with the backlog and must not."""
    for part in (few, many):
        if not part.events == part.published == part.applied == part.distinct:
            yield f"of {part.events} events: {part}"
    for what in ("relay", "consumer"):
        least, most = getattr(few, f"{what}_mib"), getattr(many, f"{what}_mib")
        if most > least * _MOST_GROWTH:
            yield f"the {what} had {most:.0f} MiB, and {least:.0f} with {few.events} events"
    if not 0 < many.held <= _MOST_HELD:
        yield f"the consumer held {many.held} events at once"


def _beside(many: float, few: float) -> str:
    return f"{many:.0f} beside {few:.0f} ({many / few:.2f} times)"
