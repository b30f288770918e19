"""6. The network between one process and one server: cut, silent, slow, or resetting."""

from __future__ import annotations

import time
from typing import ClassVar, Final
from urllib.parse import urlsplit

from tests.faults.harness.fault import Fault
from tests.faults.harness.load import Load
from tests.support.proxy import Proxy

_LINKS: Final = tuple(
    (process, setting)
    for setting in ("AMQP_URI", "DATABASE_URL")
    for process in ("intake", "intake-relay", "activities", "activities-relay", "notifications", "reporting")
)


class Network(Fault):
    """One process reaches one server through a proxy, which does what a bad network does; each round another link."""

    number = 6
    seconds: ClassVar[tuple[float, float]]

    def prepare(self) -> None:
        self.process, setting = self.chance.choice(_LINKS)
        service = self.process.removesuffix("-relay")
        url = self.stage.at.environment(service)[setting]
        parts = urlsplit(url)
        self.proxy = Proxy(parts.hostname or "", parts.port or 0)
        login, _, _ = parts.netloc.rpartition("@")
        host, port = self.proxy.address
        through = parts._replace(netloc=f"{login}@{host}:{port}").geturl()
        self.stage.orders.lasting(self.process, **{setting: through})
        self.stage.restart(self.process)

    def strike(self, load: Load) -> None:
        until = time.monotonic() + self.chance.uniform(*self.seconds)
        self.begin()
        while time.monotonic() < until:
            load.goes_on(0)
            time.sleep(0.5)
            self.go_on()
        self.end()

    def begin(self) -> None:
        """The network turns bad."""

    def go_on(self) -> None:
        """Every half second meanwhile."""

    def end(self) -> None:
        """The network is well again."""

    def clean_up(self) -> None:
        self.stage.orders.lasting(self.process)
        self.stage.restart(self.process)
        self.proxy.__exit__()


class NetworkCut(Network):
    """Open connections are reset and new ones refused."""

    name = "network-cut"
    what = "one process cut off from one server for 5 to 15 s"
    seconds = (5, 15)

    def begin(self) -> None:
        self.proxy.refuse()
        self.proxy.reset()

    def end(self) -> None:
        self.proxy.accept()


class NetworkSilent(Network):
    """Connections stay open and nothing comes through, longer than anybody's patience."""

    name = "network-silent"
    what = "a black hole between one process and one server for 3 to 25 s"
    seconds = (3, 25)

    def begin(self) -> None:
        self.proxy.silence()

    def end(self) -> None:
        self.proxy.speak()


class NetworkSlow(Network):
    """Each piece of data takes a quarter of a second each way."""

    name = "network-slow"
    what = "250 ms of latency each way between one process and one server for 8 to 15 s"
    seconds = (8, 15)

    def begin(self) -> None:
        self.proxy.delay(0.25)

    def end(self) -> None:
        self.proxy.delay(0.0)


class NetworkResets(Network):
    """All connections are reset, again and again."""

    name = "network-resets"
    what = "connections of one process to one server reset twice a second for 5 to 10 s"
    seconds = (5, 10)

    def go_on(self) -> None:
        self.proxy.reset()
