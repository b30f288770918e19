"""1. kill -9 of a consumer in its worst moments."""

from __future__ import annotations

from typing import ClassVar

from contracts.catalogue import SERVICES
from tests.faults.harness.fault import Again, Fault
from tests.faults.harness.load import Load


class ConsumerKilled(Fault):
    """A service dies at a failpoint of its inbox while events stream in; each round another service."""

    number = 1
    again = Again.MUST
    failpoint: ClassVar[str]

    def prepare(self) -> None:
        self.arm((SERVICES[(self.turn + 1) % len(SERVICES)], self.failpoint, 10, 60))

    def strike(self, load: Load) -> None:
        self.falls()


class ConsumerKilledBeforeCommit(ConsumerKilled):
    name = "consumer-before-commit"
    what = "consumer killed before it commits"
    failpoint = "inbox-before-commit"


class ConsumerKilledMidBatch(ConsumerKilled):
    name = "consumer-mid-batch"
    what = "consumer killed in the middle of a batch"
    failpoint = "inbox-mid-batch"


class ConsumerKilledBeforeAck(ConsumerKilled):
    name = "consumer-before-ack"
    what = "consumer killed between commit and acknowledgement"
    failpoint = "inbox-after-commit"
