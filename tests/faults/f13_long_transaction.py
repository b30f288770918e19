"""13. A transaction stays open for long, with an event in it that is told late."""

from __future__ import annotations

from chassis.unit import Unit
from contracts.intake import LibraryRegistered
from tests.faults.harness.fault import Fault
from tests.faults.harness.load import Load
from tests.support.outgoing import LIBRARY, new_id, teller


class LongTransaction(Fault):
    """It is open from the fault on until the load has ended; the flow has to go on beside it, and lose nothing.

    Its event has a place in the outbox before those of all who commit meanwhile.
    """

    number = 13
    name = "long-transaction"
    what = "a transaction open for the whole time, in which an event was told first and committed last"

    def strike(self, load: Load) -> None:
        self.unit = Unit(self.stage.database("intake"))
        teller(self.unit)(LibraryRegistered, new_id(), **LIBRARY)
        self.unit.flush()

    def clean_up(self) -> None:
        self.unit.commit()
