"""What a fault is: it happens to the platform while a load runs, and says what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import Enum
from random import Random
from typing import ClassVar

from ops.finding import Finding
from tests.faults.harness.accounts import Account
from tests.faults.harness.load import Load
from tests.faults.harness.stage import Stage


class Again(Enum):
    """What must come of events that were handed over before."""

    MUST = "> 0"
    """The fault hit a moment in which something has to come again."""
    MAY = "any"
    NEVER = "0"


class Fault:
    """One round of one fault: made anew for each, with a chance of its own that its seed repeats.

    `number` is that of the list in docs/reference/faults.md, `name` its short name, `what` one line for its table.
    `victims` are the processes that may end under load; any other that does is unexpected. `since` is when the load
    began.
    """

    number: ClassVar[int]
    name: ClassVar[str]
    what: ClassVar[str]
    again: ClassVar[Again] = Again.MAY
    broker_nodes: ClassVar[int] = 1
    once: ClassVar[bool] = False
    """Long enough that one round is all, however many are asked for."""
    rate: ClassVar[float | None] = None
    """Referrals a second, when it is not to be as many as for the others."""
    spoils: ClassVar[bool] = False
    """It leaves what is in nobody's accounts, or what others cannot read: it is the last on its platform."""

    def __init__(self, stage: Stage, chance: Random, turn: int) -> None:
        self.stage = stage
        self.chance = chance
        self.turn = turn
        self.victims: set[str] = set()
        self.since = datetime.now(UTC)

    def prepare(self) -> None:
        """Make ready what must be there before the load begins."""

    def strike(self, load: Load) -> None:
        """Do it, under load. Returns when the cause is gone: from then on the flow has to recover."""
        raise NotImplementedError

    def clean_up(self) -> None:
        """After the load: decide what an operator has to decide, and leave the platform as it was."""

    def arm(self, *asked: tuple[str, str, int, int]) -> None:
        """In `prepare`: start processes anew so that each is killed at a failpoint, at a later passage of it.

        Of each its name, the failpoint, and the least and most passages that it may make.
        """
        self.victims |= {name for name, *_ in asked}
        for name, failpoint, least, most in asked:
            self.stage.orders.once(name, FAILPOINT=f"{failpoint}:{self.chance.randint(least, most)}")
        for name, restarts in {name: self.stage.terminate(name) for name in self.victims}.items():
            self.stage.comes_back(name, restarts)
        self._armed = {name: self.stage.restarts()[name] for name in self.victims}

    def falls(self) -> None:
        """In `strike`: wait until all that were armed were killed."""
        for name, restarts in self._armed.items():
            self.stage.dies(name, restarts)

    def wrong(self, load: Load) -> Iterable[str]:
        """What is not as this fault must leave it, beyond the accounts: each is counted as unexpected."""
        return ()

    def foresees(self, finding: Finding) -> bool:
        """Whether this finding of the audit is the very thing that this fault is about."""
        return False


class Apart(Fault):
    """One that brings its own load and keeps its own accounts; nothing has to recover from it."""

    def play(self, say: Callable[[str], None]) -> Account:
        """The whole round. What is measured besides goes into the account's `notes`."""
        raise NotImplementedError
