"""Whatever comes in whatever order: capacity holds, nobody waits for a free place, and turns are kept."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.activities.domain.matching import Need, Opening, lacks
from services.activities.domain.placing import Enrol, Hold
from tests.support.lines import Paper, check
from tests.support.newcomers import needs, openings


def suited(needs: list[Need], activity: Opening) -> list[Need]:
    """Those of the activity's own line whom it suits: `lacks` knows nothing of lines."""
    return [need for need in needs if need.line == activity.line and not lacks(need, activity)]


class Lines(RuleBasedStateMachine):
    """A coordinator schedules, partners refer, participants answer."""

    def __init__(self) -> None:
        super().__init__()
        self.paper = Paper()

    @precondition(lambda self: len(self.paper.activities) < 6)
    @rule(data=st.data())
    def schedule(self, data):
        activity = data.draw(openings(len(self.paper.activities)))
        waited = self.paper.waiting()
        decisions = self.paper.schedule(activity)
        passed_by = [need for need in suited(self.paper.waiting(), activity) if need in waited]
        for decision in decisions:
            if isinstance(decision, Enrol | Hold) and suited([decision.need], activity):
                before = [need for need in passed_by if need.turn < decision.need.turn]
                shares = decision.need.holder in {d.need.holder for d in decisions if d is not decision}
                assert not before or shares, "someone who was received later went first"

    @rule(data=st.data(), several=st.integers(1, 3))
    def accept(self, data, several):
        count = len(self.paper.standings)
        self.paper.accept(*(data.draw(needs(count + nth)) for nth in range(several)))

    @precondition(lambda self: self.paper.standings)
    @rule(data=st.data())
    def accept_again(self, data):
        known = data.draw(st.sampled_from(sorted(self.paper.standings)))
        before = dict(self.paper.standings)
        self.paper.accept(self.paper.standings[known].need)
        assert self.paper.standings == before

    @precondition(lambda self: self.paper.standings)
    @rule(data=st.data())
    def agree(self, data):
        need_id = data.draw(st.sampled_from(sorted(self.paper.standings)))
        before = self.paper.standings[need_id]
        self.paper.agree(need_id)
        if before.state == "held":
            assert self.paper.standings[need_id] == replace(before, state="final")

    @precondition(lambda self: any(each.has_place for each in self.paper.standings.values()))
    @rule(data=st.data())
    def decline(self, data):
        placed = sorted(key for key, each in self.paper.standings.items() if each.has_place)
        chosen = data.draw(st.sampled_from(placed))
        activity = self.paper.activities[self.paper.standings[chosen].activity_id]
        free_before = self.paper.free(activity.activity_id)
        next_up = suited(self.paper.waiting(), activity)
        others = dict(self.paper.standings)
        self.paper.decline(chosen)
        came_free = any(self.paper.standings[key] != others[key] for key in others if key != chosen)
        if next_up and came_free:
            assert self.paper.standings[next_up[0].need_id].activity_id == activity.activity_id
        if not next_up:
            assert self.paper.free(activity.activity_id) >= free_before

    @invariant()
    def all_is_well(self):
        check(self.paper.activities, self.paper.standings)


TestLines = Lines.TestCase
TestLines.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
