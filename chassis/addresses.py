"""Where the broker is: one address, or that of each node of a cluster. Whoever is let down by one turns to the next."""

from __future__ import annotations

import random
from typing import Final

SEPARATOR: Final = ";"
"""Between addresses: as kombu has it, and no address holds it."""


def addresses(amqp_uri: str) -> list[str]:
    """`amqp://…;amqp://…` as a list, in its order."""
    return [address for part in amqp_uri.split(SEPARATOR) if (address := part.strip())]


class Addresses:
    """Each :meth:`turn` begins with the next one; the first with any, so that processes spread over the nodes."""

    def __init__(self, amqp_uri: str) -> None:
        self._all = addresses(amqp_uri)
        self._next = random.randrange(len(self._all))  # noqa: S311 (nothing is secret about it)

    def turn(self) -> list[str]:
        """All of them, in the order in which to try them now."""
        first, self._next = self._next, (self._next + 1) % len(self._all)
        return [*self._all[first:], *self._all[:first]]
