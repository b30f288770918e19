"""Design section 4, point 2: the number of partitions changes under load, without loss or disorder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.queue_standing import PartitionsError, connected, queues, standing
from chassis.queues import partition_steps
from chassis.repartition import NotDrained, Unfinished
from chassis.topology import declare, queue_names
from tests.support.outgoing import until
from tests.support.partitioned import SERVICE, Load, all_applied, change, check, consumers

ROOT = Path(__file__).parents[3]
STEPS = ("bound", "unmarked", "ended", "unbound", "drained", "opened")
_CHANGE = """
import sys
from tests.support.partitioned import change
change(sys.argv[1], int(sys.argv[2]))
"""


def killed_at(step: str, amqp_uri: str, count: int) -> None:
    """Begin a change in a process of its own, that is killed after this step."""
    done = subprocess.run(
        [sys.executable, "-c", _CHANGE, amqp_uri, str(count)], cwd=ROOT, check=False,
        env={**os.environ, "FAILPOINT": f"partitions-{step}"},
    )  # fmt: skip
    assert done.returncode == -9


def stands(amqp_uri: str) -> tuple[int, tuple[int, ...], set[str]]:
    """Count in force, counts that are worked off, and the queues that are open."""
    with connected(amqp_uri) as connection:
        found = standing(connection, SERVICE)
        return found.count, found.before, {queue.name for queue in found.queues if queue.open}


def test_from_one_to_two_to_four_to_one_under_load(counting: str, amqp_uri: str) -> None:
    """Rule: all of the old queues before the first of the new ones; nothing is lost, nothing changes its order.

    Fails when the new queues are consumed before the old ones are worked off, when an old queue is deleted with events
    in it that are in no new one, and when relays' declarations bring old queues back.
    """
    declare(amqp_uri)
    with Load(amqp_uri) as load:
        before = 1
        for count in (2, 4, 1):
            with consumers(counting, amqp_uri, before), consumers(counting, amqp_uri, count) as new:
                load.reaches(150)
                assert change(amqp_uri, count, load)
                assert declare(amqp_uri) == []
                until(lambda board=new: all(one.state == "active" for one in board))
                load.reaches(150)
            assert stands(amqp_uri) == (count, (), set(queue_names(SERVICE, count)))
            before = count
    with consumers(counting, amqp_uri, 1):
        until(lambda: all_applied(counting, load.told), seconds=60)
    check(counting, load.told)


def test_killed_after_each_step_and_done_again(counting: str, amqp_uri: str) -> None:
    """Rule: a crash in the middle leaves all in order; the same command goes on from there."""
    declare(amqp_uri)
    with Load(amqp_uri) as load, consumers(counting, amqp_uri, 1), consumers(counting, amqp_uri, 2) as new:
        for step in STEPS:
            load.reaches(50)
            killed_at(step, amqp_uri, 2)
            declare(amqp_uri)  # as relays do meanwhile
            with pytest.raises(Unfinished, match="partitions set activities 2"):
                change(amqp_uri, 4, load)
        assert change(amqp_uri, 2, load)
        assert not change(amqp_uri, 2, load)
        until(lambda: all(one.state == "active" for one in new))
        load.reaches(50)
        assert stands(amqp_uri) == (2, (), set(queue_names(SERVICE, 2)))
    with consumers(counting, amqp_uri, 2):
        until(lambda: all_applied(counting, load.told), seconds=60)
    check(counting, load.told)


def test_without_anybody_to_work_off_the_old_queues_it_says_so_and_goes_on_later(counting: str, amqp_uri: str) -> None:
    """Rule: new queues stay closed until the old ones are worked off, however long that takes."""
    declare(amqp_uri)
    with Load(amqp_uri) as load, consumers(counting, amqp_uri, 2) as new:
        load.reaches(50)
        with pytest.raises(NotDrained, match=r"Nobody consumes activities\.p1\.0"):
            change(amqp_uri, 2, load, patience=0.5)
        assert {one.state for one in new} == {"closed"}
        assert not all_applied(counting, load.told[:1])
        with consumers(counting, amqp_uri, 1):
            assert change(amqp_uri, 2, load)
    with consumers(counting, amqp_uri, 2):
        until(lambda: all_applied(counting, load.told), seconds=60)
    check(counting, load.told)


def test_a_queue_that_a_relay_made_anew_too_late_is_never_consumed_and_can_be_tidied_away(
    counting: str, amqp_uri: str
) -> None:
    """As when a relay is stopped between its question for the mark and its declaration, longer than a change takes."""
    declare(amqp_uri)
    with Load(amqp_uri) as load, consumers(counting, amqp_uri, 1) as old, consumers(counting, amqp_uri, 2):
        load.reaches(20)
        assert change(amqp_uri, 2, load)
        with connected(amqp_uri) as connection:
            for step in partition_steps(SERVICE, 1):
                getattr(connection.channel(), step.method)(**step.arguments)
        load.reaches(20)
        until(lambda: old[0].state == "closed")
        until(lambda: all_applied(counting, load.told[:-1]))
        assert not change(amqp_uri, 2, load)
        with connected(amqp_uri) as connection:
            assert not queues(connection, SERVICE, 1)[0].there
    with consumers(counting, amqp_uri, 2):
        until(lambda: all_applied(counting, load.told), seconds=60)
    check(counting, load.told)


def test_only_one_at_a_time(amqp_uri: str) -> None:
    declare(amqp_uri)
    with connected(amqp_uri) as other:
        other.channel().queue_declare(f"{SERVICE}.partitions", exclusive=True)
        with pytest.raises(PartitionsError, match="by somebody else"):
            change(amqp_uri, 2)


def test_an_old_queue_that_somebody_deleted_holds_nothing_up(amqp_uri: str) -> None:
    declare(amqp_uri)
    killed_at("unmarked", amqp_uri, 2)
    with connected(amqp_uri) as connection:
        connection.channel().queue_delete("activities.p1.0")
    assert change(amqp_uri, 2)
    assert stands(amqp_uri) == (2, (), set(queue_names(SERVICE, 2)))


def test_a_right_that_was_lost_is_given_back(amqp_uri: str) -> None:
    declare(amqp_uri, 2)
    with connected(amqp_uri) as connection:
        connection.channel().exchange_delete("activities.p2.1.open")
    assert change(amqp_uri, 2)
    assert stands(amqp_uri) == (2, (), set(queue_names(SERVICE, 2)))
