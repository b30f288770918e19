"""A broker with several addresses: relays and commands turn to the next when theirs goes."""

from __future__ import annotations

from chassis.strays import strays
from chassis.topology import UNROUTED, declare, missing
from tests.support.nodes import nodes
from tests.support.outgoing import (
    RelayThread,
    migrated,
    new_id,
    outbox_depth,
    published_ids,
    tell_libraries,
    until,
)


def test_a_relay_goes_on_at_another_node(database: str, amqp_uri: str) -> None:
    found = migrated(database)
    told: list[str] = []
    with nodes(amqp_uri) as both, RelayThread(found, both.uri) as relay:
        for number in (0, 1, 0, 1):
            both.only(number)
            told += tell_libraries(found, *(new_id() for _ in range(20)))
            until(lambda: outbox_depth(found) == 0)
        assert relay.relay.state.broker is None
    assert published_ids(found) == told


def test_what_connects_once_takes_any_node_that_answers(amqp_uri: str) -> None:
    with nodes(amqp_uri, 3) as three:
        for number in (0, 1, 2):
            three.only(number)
            declare(three.uri)
            assert missing(three.uri) == []
            assert strays(three.uri, UNROUTED) == []
