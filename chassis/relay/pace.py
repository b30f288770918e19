"""How a relay works, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """`window` in messages, `retention_days` in days, all other times in seconds.

    Windows of 100 to 1000 publish about as fast as each other; a larger one makes interactive events wait longer.
    """

    window: int = 500
    retention_days: int = 35
    confirm_timeout: float = 60.0
    declare_timeout: float = 30.0
    drain_timeout: float = 10.0
    blocked_timeout: float = 30.0
    shortest_poll: float = 0.2
    longest_poll: float = 1.0
    topology_every: float = 60.0
    maintain_every: float = 3600.0
