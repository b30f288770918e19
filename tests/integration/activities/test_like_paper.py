"""The service comes to what the rules come to on paper, step by step, with everything told again now and then."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from contracts.envelope import Event
from tests.support.lines import Paper, check
from tests.support.newcomers import needs, openings
from tests.support.town import Town, accepted, agreed, declined


class LikePaper(RuleBasedStateMachine):
    """The same is done to the service and on paper."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self.town = town
        self.town.begin_anew()
        self.paper = Paper()
        self.history: list[Event] = []
        self.answered: dict[str, int] = {}

    @precondition(lambda self: len(self.paper.activities) < 5)
    @rule(data=st.data())
    def schedule(self, data):
        activity = data.draw(openings(len(self.paper.activities)))
        self.town.schedule(activity)
        self.paper.schedule(activity)

    @rule(data=st.data(), several=st.integers(1, 4))
    def refer(self, data, several):
        count = len(self.paper.standings)
        group = [data.draw(needs(count + nth)) for nth in range(several)]
        self._deliver(*(accepted(need) for need in group))
        self.paper.accept(*group)

    @precondition(lambda self: self.paper.standings)
    @rule(data=st.data())
    def agree(self, data):
        need_id = data.draw(st.sampled_from(sorted(self.paper.standings)))
        self._deliver(agreed(self.paper.standings[need_id].need, sequence=self._next(need_id)))
        self.paper.agree(need_id)

    @precondition(lambda self: self.paper.standings)
    @rule(data=st.data())
    def decline(self, data):
        need_id = data.draw(st.sampled_from(sorted(self.paper.standings)))
        self._deliver(declined(self.paper.standings[need_id].need, sequence=self._next(need_id)))
        self.paper.decline(need_id)

    @precondition(lambda self: self.history)
    @rule(data=st.data())
    def say_again(self, data):
        self.town.deliver([data.draw(st.sampled_from(self.history))])

    @invariant()
    def they_agree(self):
        standings = self.town.standings()
        assert standings == self.paper.standings
        check(self.paper.activities, standings)

    def _deliver(self, *events: Event) -> None:
        self.town.deliver(events)
        self.history += events

    def _next(self, need_id: str) -> int:
        self.answered[need_id] = self.answered.get(need_id, 1) + 1
        return self.answered[need_id]


def test_the_service_comes_to_what_the_rules_come_to_on_paper(town):
    run_state_machine_as_test(
        lambda: LikePaper(town),
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
