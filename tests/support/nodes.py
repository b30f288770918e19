"""Several addresses of one broker, each of which can be made to go, as the nodes of a cluster do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from chassis.addresses import SEPARATOR
from tests.support.proxy import Proxy


class Nodes:
    """`uri` names them all; each of `proxies` is one."""

    def __init__(self, amqp_uri: str, proxies: list[Proxy]) -> None:
        self.proxies = proxies
        parts = urlsplit(amqp_uri)
        login, at, _ = parts.netloc.rpartition("@")
        addresses = (f"{host}:{port}" for host, port in (proxy.address for proxy in proxies))
        self.uri = SEPARATOR.join(parts._replace(netloc=f"{login}{at}{address}").geturl() for address in addresses)

    def only(self, number: int) -> None:
        """This one answers, and the others are gone."""
        for other, proxy in enumerate(self.proxies):
            if other == number:
                proxy.accept()
            else:
                proxy.refuse()
                proxy.reset()


@contextmanager
def nodes(amqp_uri: str, count: int = 2) -> Iterator[Nodes]:
    """So many addresses of the broker at this one."""
    parts = urlsplit(amqp_uri)
    with ExitStack() as stack:
        proxies = [stack.enter_context(Proxy(parts.hostname or "", parts.port or 5672)) for _ in range(count)]
        yield Nodes(amqp_uri, proxies)
