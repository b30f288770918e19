"""A message of several statements may take longer than we wait for an answer, though each of them ends in time."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2.extensions
import pytest

from chassis import database, waiting
from chassis.inbox.reading import Delivery
from chassis.testing import Harness
from chassis.waiting import SilentServer
from tests.support.counting.service import CountingService
from tests.support.events import placement_agreed, referral_accepted
from tests.support.incoming import applied, ask, deferred, ids, misbehave, parked

PATIENCE_S = 1.6


@pytest.fixture
def impatient(counting: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """The counting service, which believes that its database is gone after less than a slow event takes."""
    monkeypatch.setattr(database, "MARGIN_S", PATIENCE_S - database.STATEMENT_TIMEOUT_MS / 1000)
    waiting.wait_plainly()
    settings = {"INBOX_RETRY_BASE": "0.001", "INBOX_RETRY_ATTEMPTS": "3", "INBOX_CRASH_ATTEMPTS": "2"}
    with Harness(CountingService, counting, **settings) as driven:
        yield driven
    psycopg2.extensions.set_wait_callback(None)


def test_an_event_that_is_always_too_slow_is_parked_and_stops_its_queue_no_more(
    impatient: Harness, counting: str
) -> None:
    slow, neighbour = referral_accepted(), referral_accepted()
    after = placement_agreed(slow.subject_id)
    misbehave(counting, slow, "slow")
    for redeliveries in (2, 3):
        with pytest.raises(SilentServer):
            impatient.deliver([Delivery(slow.raw, redeliveries=redeliveries)])
        impatient.reconnect()
    assert ask(counting, "select attempts from chassis.attempt") == [(2,)]
    impatient.deliver([Delivery(event.raw, redeliveries=4) for event in (slow, neighbour, after)])
    assert parked(counting) == {slow.id: "crash-loop"}
    assert (applied(counting), deferred(counting)) == ([neighbour.id], [after.id])


def test_a_deferred_event_that_has_grown_too_slow_is_parked_after_its_attempts(
    impatient: Harness, counting: str
) -> None:
    slow = referral_accepted()
    misbehave(counting, slow, "raise", times=1)
    impatient.deliver([slow])
    ask(counting, "update activities.misbehaviour set how = 'slow', times = 1000000")
    for attempts in (1, 2):
        ask(counting, "update chassis.deferred set next_attempt_at = now()")
        assert impatient.retry() == 0
        assert [*parked(counting)] == ids([slow])[: attempts // 2]
    assert parked(counting) == {slow.id: "attempts-exhausted"}
    assert ask(counting, "select error ->> 'error' from chassis.parked") == [("SilentServer",)]
