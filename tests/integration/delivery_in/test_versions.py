"""Old and new processes of one service take turns at one queue, and at one database's lines, while facts are told in
one version or in two: each fact has its effect once and in order, whoever reads it in whichever version.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from chassis.inbox import hears
from chassis.testing import Harness
from contracts.envelope import Event, parse, render
from contracts.intake import ReferralAccepted
from tests.integration.delivery_in.test_machine import Delivering
from tests.support.counting.service import CountingService
from tests.support.events import placement_agreed, referral_accepted
from tests.support.incoming import applied, behave, deferred, ids, misbehave, parked
from tests.support.releases.accepted import ReferralAcceptedV2
from tests.support.releases.declaring import both_declared
from tests.support.releases.tree import in_second_version

KEY = "00000000-0000-4000-8000-000000000009"


class HearsEither(CountingService):
    """Of the next release."""

    name = "activities"

    @hears(ReferralAcceptedV2, group=True)
    def accept_by_v2(self, events: list[Event]) -> None:
        assert all("decided_by" in event.data for event in events)
        self.accept(events)


@pytest.fixture
def readers(counting: str) -> Iterator[list[Harness]]:
    """A process of this release and one of the next, on one database."""
    with both_declared(), ExitStack() as stack:
        yield [
            stack.enter_context(Harness(kind, counting, INBOX_RETRY_BASE="0.001", INBOX_RETRY_ATTEMPTS="3"))
            for kind in (CountingService, HearsEither)
        ]


def told_in_both(event: Event) -> Event:
    """The same fact in two versions, as it comes off the wire."""
    return parse(render(in_second_version(event)))


class Rolling(Delivering):
    """As the machine, but of the facts some are told in both versions, and readers take turns."""

    readers: list[Harness]

    def __init__(self) -> None:
        super().__init__()
        self.harness = self.readers[0]
        accepted = [key for key, events in self.history.items() if events[0].event is ReferralAccepted]
        for key in accepted[1:]:
            self.history[key][0] = told_in_both(self.history[key][0])

    @rule(reader=st.sampled_from([0, 1]))
    def another_process_takes_over(self, reader: int) -> None:
        self.harness = self.readers[reader]


def test_any_turns_of_old_and_new_processes_give_the_same_state(counting: str, readers: list[Harness]) -> None:
    machine = type("RollingHere", (Rolling,), {"database": counting, "readers": readers})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.parametrize("first", [0, 1], ids=["old", "new"])
def test_each_reads_its_own_version_and_the_other_takes_it_as_a_repetition(readers: list[Harness], first: int) -> None:
    event = told_in_both(referral_accepted(KEY))
    outcome = readers[first].deliver([event.raw])
    assert [letter.type for letter in outcome.applied] == [(ReferralAccepted, ReferralAcceptedV2)[first].type]
    assert [letter.id for letter in readers[1 - first].deliver([event.raw]).repeated] == [event.id]


@pytest.mark.parametrize("first", [0, 1], ids=["old", "new"])
def test_a_line_that_one_began_the_other_works_off(counting: str, readers: list[Harness], first: int) -> None:
    """The lines are in the database that old and new processes share, and each retries."""
    events = [told_in_both(referral_accepted(KEY)), placement_agreed(KEY)]
    misbehave(counting, events[0], "raise")
    readers[first].deliver([event.raw for event in events])
    assert deferred(counting) == ids(events)
    behave(counting)
    while deferred(counting):
        readers[1 - first].retry()
    assert (applied(counting), parked(counting)) == (ids(events), {})
