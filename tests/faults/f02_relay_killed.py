"""2. kill -9 of a relay between publishing and deleting."""

from __future__ import annotations

from typing import ClassVar, Final

from tests.faults.harness.fault import Again, Fault
from tests.faults.harness.load import Load

_RELAYS: Final = (("activities-relay", 60), ("intake-relay", 60), ("notifications-relay", 6))
"""Relays that have something to tell, each with the most windows that it may carry before it is killed."""


class RelayKilled(Fault):
    """A relay dies at a failpoint while it carries what its service tells; each round another one."""

    number = 2
    again = Again.MUST
    failpoint: ClassVar[str]

    def prepare(self) -> None:
        relay, most = _RELAYS[self.turn % len(_RELAYS)]
        self.arm((relay, self.failpoint, 3, most))

    def strike(self, load: Load) -> None:
        self.falls()


class RelayKilledAfterPublish(RelayKilled):
    name = "relay-after-publish"
    what = "relay killed after it published"
    failpoint = "relay-after-publish"


class RelayKilledAfterConfirm(RelayKilled):
    name = "relay-after-confirm"
    what = "relay killed between confirmation and deletion"
    failpoint = "relay-after-confirm"
