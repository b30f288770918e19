"""5. PostgreSQL stops at once and comes back; and everything is killed at the same moment."""

from __future__ import annotations

import signal

from infra.local.processes import until
from tests.faults.f04_broker_away import ServerAway
from tests.faults.harness.fault import Fault
from tests.faults.harness.load import Load


class DatabaseStoppedAtOnce(ServerAway):
    """No session ends in order, and the server recovers from its journal. No other process may end."""

    number = 5
    name = "database-stopped-at-once"
    what = "PostgreSQL stopped at once (`immediate`)"
    server = "postgres"

    def end(self) -> int:
        restarts = self.stage.restarts()[self.server]
        self.stage.process(self.server).signal(signal.SIGQUIT)
        return restarts


class DatabaseRestarted(ServerAway):
    """As an administrator restarts it: sessions are ended in order (`fast`)."""

    number = 5
    name = "database-restarted"
    what = "PostgreSQL restarted (`fast`)"
    server = "postgres"

    def end(self) -> int:
        restarts = self.stage.restarts()[self.server]
        self.stage.process(self.server).signal(signal.SIGINT)
        return restarts


class PowerCut(Fault):
    """Servers and services, all at the same moment, as when the machine loses power (but for what its disks forget)."""

    number = 5
    name = "power-cut"
    what = "everything killed at once: both servers, all services and relays"

    def strike(self, load: Load) -> None:
        restarts = self.stage.restarts()
        self.victims = set(restarts)
        for process in [self.stage.process(name) for name in restarts]:
            process.signal(signal.SIGKILL)
        servers = ("postgres", "rabbitmq")
        assert until(lambda: all(self.stage.is_back(name, restarts[name]) for name in servers), 120)
