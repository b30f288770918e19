"""What a relay is told besides its database and broker."""

from __future__ import annotations

from dataclasses import dataclass

from chassis import parsers
from chassis.settings import LONGEST_GRACE_S, KeepingSettings, setting


def host_and_port(text: str) -> tuple[str, int]:
    """`127.0.0.1:9101` in its two parts."""
    host, _, port = parsers.address(text).rpartition(":")
    return host.strip("[]"), int(port)


@dataclass(frozen=True)
class RelaySettings(KeepingSettings):
    """How a relay works. Days and seconds as their names say; the window in messages."""

    health_address: tuple[str, int] | None = setting("HEALTH_ADDRESS", host_and_port, default=None)
    window: int = setting("RELAY_WINDOW", parsers.whole(1, 5000), default=500)
    topology_seconds: float = setting("TOPOLOGY_SECONDS", parsers.seconds, default=60.0)
    stop_grace: float = setting("STOP_GRACE", parsers.seconds_up_to(LONGEST_GRACE_S), default=10.0)
