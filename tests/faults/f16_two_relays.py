"""16. Two relays of one service at once."""

from __future__ import annotations

from infra.local.processes import until
from tests.faults.harness.fault import Fault
from tests.faults.harness.load import Load
from tests.support.outgoing import RelayProcess


class TwoRelays(Fault):
    """A second relay of intake stands by; the active one is killed, comes back, and stands by in its turn.

    In the end the second one is killed too.
    """

    number = 16
    name = "two-relays"
    what = "two relays of one service, killed in turn"

    def strike(self, load: Load) -> None:
        self.victims = {"intake-relay"}
        settings = self.stage.at.environment("intake")
        log = self.stage.at.logs / "second-relay.log"
        with RelayProcess(settings["DATABASE_URL"], settings["AMQP_URI"], log) as second:
            assert until(lambda: second.said("relay_standing_by"), 60), "the second relay did not stand by"
            load.goes_on(20)
            before = self.stage.kill("intake-relay")
            assert until(lambda: second.said("relay_publishing"), 60), "the second relay did not take over"
            self.stage.comes_back("intake-relay", before)
            load.goes_on(20)
            second.kill()
            second.wait()
