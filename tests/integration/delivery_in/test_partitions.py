"""A service's queues are shared out by PARTITIONS: each process takes those that it is given, and no others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from chassis.topology import declare, partition_of
from contracts.envelope import Event
from tests.support.events import partner_changed
from tests.support.incoming import applied, ids
from tests.support.incoming_process import health, publish, service
from tests.support.outgoing import new_id, until
from tests.support.partitioned import Load, all_applied, check


def history() -> list[Event]:
    names = [new_id() for _ in range(40)]
    return [partner_changed(name, sequence=number) for number in range(1, 4) for name in names]


def queues(process: object) -> dict[str, str]:
    return dict(health(process)["inbox"].get("queues", {}))  # type: ignore[arg-type]


def test_each_process_takes_its_own_partitions(counting: str, amqp_uri: str) -> None:
    declare(amqp_uri, 2)
    first = service(counting, amqp_uri, PARTITION_COUNT="2", PARTITIONS="0").start()
    second = service(counting, amqp_uri, PARTITION_COUNT="2", PARTITIONS="1")
    try:
        until(lambda: queues(first) == {"activities.p2.0": "active"})
        events = history()
        publish(amqp_uri, events)
        ours = [event.id for event in events if partition_of(event.partition_key, 2) == 0]
        until(lambda: len(applied(counting)) == len(ours))
        assert sorted(applied(counting)) == sorted(ours)
        second.start()
        until(lambda: queues(second) == {"activities.p2.1": "active"})
        until(lambda: sorted(applied(counting)) == sorted(ids(events)))
        assert (first.stop(), second.stop()) == (0, 0)
    finally:
        first.kill()
        second.kill()


def test_four_processes_of_four_partitions_keep_the_order_under_load(counting: str, amqp_uri: str) -> None:
    """Rule: each referral's events in order, whichever process takes them; each process its own share."""
    declare(amqp_uri, 4)
    processes = [service(counting, amqp_uri, PARTITION_COUNT="4", PARTITIONS=str(number)) for number in range(4)]
    with Load(amqp_uri) as load, ThreadPoolExecutor() as pool:
        try:
            list(pool.map(lambda process: process.start(), processes))
            for number, process in enumerate(processes):
                until(lambda p=process, n=number: queues(p) == {f"activities.p4.{n}": "active"})
            load.reaches(500)
            load.stop()
            until(lambda: all_applied(counting, load.told), seconds=60)
            assert list(pool.map(lambda process: process.stop(), processes)) == [0, 0, 0, 0]
            check(counting, load.told)
        finally:
            for process in processes:
                process.kill()


def test_one_process_can_take_several(counting: str, amqp_uri: str) -> None:
    declare(amqp_uri, 2)
    process = service(counting, amqp_uri, PARTITION_COUNT="2", PARTITIONS="0,1").start()
    try:
        until(lambda: queues(process) == {"activities.p2.0": "active", "activities.p2.1": "active"})
        events = history()
        publish(amqp_uri, events)
        until(lambda: sorted(applied(counting)) == sorted(ids(events)))
        happened = applied(counting)
        for name in {event.partition_key for event in events}:
            arrived = [event.id for event in events if event.partition_key == name]
            assert [one for one in happened if one in arrived] == arrived
        assert process.stop() == 0
    finally:
        process.kill()
