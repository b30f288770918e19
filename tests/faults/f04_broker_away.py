"""4. RabbitMQ goes and comes back."""

from __future__ import annotations

from typing import ClassVar

from tests.faults.harness.fault import Fault
from tests.faults.harness.load import Load


class ServerAway(Fault):
    """A server ends under load, and the supervisor starts it again."""

    server: ClassVar[str]

    def end(self) -> int:
        """Make it end; how often it had been started again before."""
        raise NotImplementedError

    def strike(self, load: Load) -> None:
        self.victims = {self.server}
        self.stage.comes_back(self.server, self.end(), 120)


class BrokerKilled(ServerAway):
    number = 4
    name = "broker-killed"
    what = "RabbitMQ killed"
    server = "rabbitmq"

    def end(self) -> int:
        return self.stage.kill(self.server)


class BrokerRestarted(ServerAway):
    number = 4
    name = "broker-restarted"
    what = "RabbitMQ stopped in order and started again"
    server = "rabbitmq"

    def end(self) -> int:
        return self.stage.terminate(self.server)
