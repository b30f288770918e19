"""3. kill -9 of intake while it answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from tests.faults.harness.fault import Fault
from tests.faults.harness.load import Load


class IntakeKilled(Fault):
    """Intake dies while it takes a referral; the clients repeat with the same key."""

    number = 3
    failpoint: ClassVar[str]

    def prepare(self) -> None:
        self.arm(("intake", self.failpoint, 30, 120))

    def strike(self, load: Load) -> None:
        self.falls()

    def wrong(self, load: Load) -> Iterable[str]:
        if not any(one.tries > 1 for one in load.sent):
            yield "no client had to repeat, so the fault missed its moment"


class IntakeKilledBeforeCommit(IntakeKilled):
    name = "intake-before-commit"
    what = "intake killed before it commits a referral"
    failpoint = "http-before-commit"


class IntakeKilledBeforeAnswer(IntakeKilled):
    name = "intake-before-answer"
    what = "intake killed between the commit and its answer"
    failpoint = "http-after-commit"

    def wrong(self, load: Load) -> Iterable[str]:
        yield from super().wrong(load)
        if not any(one.replayed for one in load.sent):
            yield "no client got a kept answer, so the fault missed its moment"
