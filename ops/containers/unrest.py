"""Restarts and kills containers, in an order and at moments that a seed decides."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from infra.local.processes import until
from ops.containers import engine
from ops.trouble import Trouble

_WELL_WITHIN: Final = 180.0
_LOOK: Final = 0.5
_CALM: Final = (1.0, 5.0)
"""Least and most seconds between one container's return and the next one's end."""
_MOVED: Final = ("postgres", "rabbitmq")
"""Who remembers where these were must look again."""
_AWAY: Final = (0.0, 4.0)
"""Least and most seconds that a killed container stays away."""


@dataclass(frozen=True, slots=True)
class Blow:
    """What happens to one container, after some calm.

    `restart`: in order; `kill`: -9, and away for some seconds; `move`: stopped, and started at another address.
    """

    service: str
    how: str
    away: float
    calm: float


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long it took from a blow until the container's own health check said that it is well again."""

    blow: Blow
    seconds: float


def plan(services: Sequence[str], rounds: int, seed: int) -> Iterator[Blow]:
    """Each service once a round, those that others connect to twice, in any order; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 (nothing is secret about it)
    for _ in range(rounds):
        dealt = [(service, chance.choice(("restart", "kill"))) for service in sorted(services)]
        dealt += [(service, "move") for service in _MOVED if service in services]
        for service, how in chance.sample(dealt, len(dealt)):
            yield Blow(service, how, round(chance.uniform(*_AWAY), 1), round(chance.uniform(*_CALM), 1))


class Unrest(threading.Thread):
    """Deals the blows, one after the other, beside the work of whoever started it."""

    def __init__(self, containers: Mapping[str, str], blows: Sequence[Blow], say: Callable[[str], None]) -> None:
        super().__init__(name="unrest", daemon=True)
        self.recoveries: list[Recovery] = []
        self._containers = containers
        self._blows = blows
        self._say = say
        self._enough = threading.Event()
        self._problem: Trouble | None = None

    def run(self) -> None:
        try:
            for blow in self._blows:
                if self._enough.wait(blow.calm):
                    return
                self.recoveries.append(self._deal(blow))
        except Trouble as problem:
            self._problem = problem

    def end(self) -> None:
        """Wait until all blows are dealt. Raises what kept a container from coming back."""
        self.join()
        if self._problem:
            raise self._problem

    def cut_short(self) -> None:
        """Deal no more blows; the one at hand is finished."""
        self._enough.set()
        self.join()

    def _deal(self, blow: Blow) -> Recovery:
        container = self._containers[blow.service]
        self._say(f"{blow.service}: {blow.how}" + (f", away {blow.away} s" if blow.how == "kill" else ""))
        begun = time.monotonic()
        if blow.how == "restart":
            engine.restart(container)
        elif blow.how == "move":
            engine.move(container)
        else:
            engine.kill(container)
            self._enough.wait(blow.away)
            engine.start(container)
        if not until(lambda: engine.is_well(container), _WELL_WITHIN, every=_LOOK):
            raise Trouble(f"{blow.service} is not well {_WELL_WITHIN:.0f} seconds after a {blow.how}.")
        return Recovery(blow, time.monotonic() - begun)
