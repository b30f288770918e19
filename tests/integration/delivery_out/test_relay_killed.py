"""kill -9 of a relay in its worst moments: nothing is lost, and what is published twice is the same event."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from chassis.database import Database
from tests.support.outgoing import (
    RelayProcess,
    RelayThread,
    new_id,
    outbox_depth,
    published_ids,
    take_events,
    tell_libraries,
    until,
)

QUEUE = "reporting.p1.0"


@pytest.mark.parametrize(
    ("failpoint", "repeats"),
    [("relay-after-publish", True), ("relay-after-confirm", True), ("relay-after-move", False)],
)
def test_killed_it_loses_nothing(
    intake: Database, amqp_uri: str, tmp_path: Path, failpoint: str, repeats: bool
) -> None:
    """Rule: a row leaves the outbox only when confirmed. Fails when rows are moved before they are confirmed.

    Each round publishes more and is killed at the failpoint; the last relay is left alone.
    """
    told: list[str] = []
    for turn in range(3):
        told += [event for _ in range(10) for event in tell_libraries(intake, *(new_id() for _ in range(10)))]
        with RelayProcess(intake.url, amqp_uri, tmp_path / f"{turn}.log", FAILPOINT=failpoint) as relay:
            assert relay.wait(30) == -9
    with RelayThread(intake, amqp_uri):
        until(lambda: outbox_depth(intake) == 0)
    received = Counter(event.id for event in take_events(amqp_uri, QUEUE))
    redelivered = sum(received.values()) - len(received)
    assert set(received) == set(told)
    assert (redelivered > 0) == repeats
    assert published_ids(intake) == told


def test_killed_again_and_again_at_any_moment(intake: Database, amqp_uri: str, tmp_path: Path) -> None:
    """The order in which each event first arrives is the order in which it was told, whatever was repeated."""
    told: list[str] = []
    subject = new_id()
    for turn in range(6):
        told += [event for _ in range(20) for event in tell_libraries(intake, subject, new_id(), subject)]
        log = tmp_path / f"{turn}.log"
        with RelayProcess(intake.url, amqp_uri, log, RELAY_WINDOW="25", FAILPOINT=f"relay-after-publish:{turn + 2}"):
            until(lambda log=log: "relay_publishing" in log.read_text())  # type: ignore[misc]
    with RelayThread(intake, amqp_uri):
        until(lambda: outbox_depth(intake) == 0)
    received = take_events(amqp_uri, QUEUE)
    first = list(dict.fromkeys(event.id for event in received))
    assert first == told
    sequences = list(dict.fromkeys(event.sequence for event in received if event.subject == f"library/{subject}"))
    assert sequences == list(range(1, 241))
