"""Any duplication and interleaving that keeps each key's order gives the state that one clean delivery would give.

A model says what must be: each event takes effect once, in its key's order, unless an operator threw it away. The real
processor is driven against PostgreSQL by hypothesis, with failures, crashes, retries and decisions in between.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from chassis.inbox.parked import ParkedStore
from chassis.inbox.reading import Delivery
from chassis.testing import Harness
from contracts.envelope import Event
from tests.support.counting.service import CountingService
from tests.support.events import partner_changed, placement_agreed, referral_accepted
from tests.support.incoming import applied, ask, behave, ids, misbehave, parked

_TABLES = "activities.applied, activities.counter, activities.misbehaviour, chassis.inbox, chassis.deferred, \
chassis.parked, chassis.discarded, chassis.attempt, chassis.outbox, chassis.stream_head"


class Crash(BaseException):
    """The process ends here: nothing after it happens, and no handler of ours sees it."""


class Delivering(RuleBasedStateMachine):
    """Keys of several lengths and kinds of event; deliveries in any order that the broker can make."""

    database: str
    harness: Harness

    def __init__(self) -> None:
        super().__init__()
        ask(self.database, f"truncate {_TABLES}")
        self.history: dict[str, list[Event]] = {}
        self.delivered: dict[str, int] = {}
        self.failing: set[str] = set()
        self.discarded: set[str] = set()
        # The same keys each time: hypothesis must be able to repeat what it did.
        names = [f"00000000-0000-4000-8000-{number:012}" for number in range(6)]
        for key in names[:3]:
            self.history[key] = [partner_changed(key, sequence=number) for number in range(1, 7)]
        for key in names[3:]:
            agreed = [placement_agreed(key, sequence=number) for number in range(2, 5)]
            self.history[key] = [referral_accepted(key), *agreed]
        self.delivered = dict.fromkeys(self.history, 0)

    def batch(self, data: st.DataObject) -> list[Event]:
        """Some new events of some keys, with repetitions of old ones anywhere, each key's new ones in order."""
        keys = data.draw(st.lists(st.sampled_from(sorted(self.history)), max_size=12), label="keys")
        chosen = []
        for key in keys:
            again = data.draw(st.booleans(), label="again") and self.delivered[key]
            if again:
                chosen.append(self.history[key][data.draw(st.integers(0, self.delivered[key] - 1), label="which")])
            elif self.delivered[key] < len(self.history[key]):
                chosen.append(self.history[key][self.delivered[key]])
                self.delivered[key] += 1
        return chosen

    @rule(data=st.data(), redeliveries=st.sampled_from([0, 0, 0, 1, 2, 3]))
    def deliver(self, data: st.DataObject, redeliveries: int) -> None:
        batch = self.batch(data)
        if batch:
            self.harness.deliver([Delivery(event.raw, redeliveries) for event in batch])

    @rule(data=st.data(), after=st.integers(0, 3))
    def deliver_and_crash_and_deliver_again(self, data: st.DataObject, after: int) -> None:
        """The process dies within a batch; the broker delivers the same again, to the next process."""
        batch = self.batch(data)
        if not batch:
            return
        store, seen = CountingService.store._store, [after]
        record = store.record

        def die(self: object, events: list[Event]) -> None:
            record(self, events)
            seen[0] -= 1
            if seen[0] < 0:
                raise Crash

        store.record = die
        try:
            self.harness.deliver(batch)
        except Crash:
            self.harness.reconnect()
        finally:
            store.record = record
        self.harness.deliver([Delivery(event.raw, 1) for event in batch])

    @precondition(lambda self: any(self.delivered[key] < len(events) for key, events in self.history.items()))
    @rule(data=st.data())
    def an_event_to_come_will_fail(self, data: st.DataObject) -> None:
        to_come = [e for key, events in sorted(self.history.items()) for e in events[self.delivered[key] :]]
        event = data.draw(st.sampled_from(to_come), label="failing")
        if event.id not in self.failing:
            misbehave(self.database, event, data.draw(st.sampled_from(["raise", "23514"])))
            self.failing.add(event.id)

    @rule()
    def all_is_mended(self) -> None:
        behave(self.database)
        self.failing.clear()

    @rule(times=st.integers(1, 3))
    def retry(self, times: int) -> None:
        for _ in range(times):
            ask(self.database, "update chassis.deferred set next_attempt_at = now() where next_attempt_at < 'infinity'")
            self.harness.retry()

    @precondition(lambda self: parked(self.database))
    @rule(replay=st.booleans())
    def decide(self, replay: bool) -> None:
        event_id = next(iter(parked(self.database)))
        with self.harness.unit() as unit:
            if replay:
                ParkedStore(unit).replay_parked(event_id)
            else:
                ParkedStore(unit).discard_parked(event_id, by="operator-7", why="by the machine")
                self.discarded.add(event_id)
        self.retry(1)

    @invariant()
    def each_event_had_its_effect_at_most_once_and_in_order(self) -> None:
        happened = applied(self.database)
        assert len(set(happened)) == len(happened)
        for events in self.history.values():
            wanted = [one for one in ids(events) if one not in self.discarded]
            got = [one for one in happened if one in set(wanted)]
            assert got == wanted[: len(got)]
        assert not set(happened) & self.discarded

    def teardown(self) -> None:
        """When all is delivered, mended and decided, the state is the model's."""
        behave(self.database)
        for key, events in self.history.items():
            if left := events[self.delivered[key] :]:
                self.harness.deliver(left)
        for event_id in list(parked(self.database)):
            with self.harness.unit() as unit:
                ParkedStore(unit).replay_parked(event_id)
        self.retry(2)
        happened = applied(self.database)
        for events in self.history.values():
            wanted = [one for one in ids(events) if one not in self.discarded]
            assert [one for one in happened if one in set(wanted)] == wanted
        assert ask(self.database, "select count(*) from chassis.deferred") == [(0,)]
        assert parked(self.database) == {}
        told = [event.causation_id for event in self.harness.told()]
        accepted = [events[0].id for events in self.history.values() if events[0].event.slug == "referral-accepted"]
        assert sorted(told) == sorted(one for one in accepted if one not in self.discarded)


@pytest.fixture
def driven(counting: str) -> Iterator[Harness]:
    with Harness(CountingService, counting, INBOX_RETRY_BASE="0.001", INBOX_RETRY_ATTEMPTS="3") as harness:
        yield harness


def test_any_duplication_and_interleaving_gives_the_same_state(counting: str, driven: Harness) -> None:
    machine = type("DeliveringHere", (Delivering,), {"database": counting, "harness": driven})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
