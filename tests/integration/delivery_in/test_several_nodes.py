"""A broker with several addresses: a consumer turns to the next when its own goes."""

from __future__ import annotations

from tests.support.events import referral_accepted
from tests.support.incoming import applied, ids
from tests.support.incoming_process import depth, publish, service
from tests.support.nodes import nodes
from tests.support.outgoing import until


def test_a_consumer_goes_on_at_another_node(counting: str, amqp_uri: str) -> None:
    publish(amqp_uri, [])
    told: list[str] = []
    with nodes(amqp_uri) as both:
        process = service(counting, both.uri).start()
        try:
            for number in (0, 1, 0):
                both.only(number)
                publish(amqp_uri, events := [referral_accepted() for _ in range(20)])
                told += ids(events)
                until(lambda: len(applied(counting)) == len(told), seconds=60)  # noqa: B023 (asked at once)
            until(lambda: depth(amqp_uri) == 0)
            assert applied(counting) == told
            assert process.stop() == 0
        finally:
            process.kill()
