"""The broker's queues `dead` and `unrouted`, in the words of `meedoen parked`."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, Final

import pika.exceptions

from ops.trouble import Unreachable

QUEUES: Final = ("dead", "unrouted")
_MOST: Final = 10_000


def listed(amqp_uri: str, queue: str) -> Iterator[dict[str, Any]]:
    """What is in one of them; it stays there. Raises Unreachable."""
    from chassis.strays import strays  # brings the whole inbox along, which other commands need not wait for

    try:
        found = strays(amqp_uri, queue, _MOST)
    except (pika.exceptions.AMQPError, OSError) as problem:
        raise Unreachable(f"The broker does not answer ({type(problem).__name__}).") from problem
    for stray in found:
        yield {
            "eventId": stray.id,
            "eventType": stray.type,
            "subject": stray.subject,
            "reason": stray.reason or ("bound to nothing" if queue == "unrouted" else "given up on"),
            "diedIn": stray.died_in,
            "eventTime": stray.time,
            "behind": None,
            "raw": base64.b64encode(stray.raw).decode(),
        }


def discard(amqp_uri: str, queue: str, event_id: str) -> int:
    """Throw one of them away for good; how many were. Raises Unreachable."""
    from chassis.strays import discard_strays

    try:
        return discard_strays(amqp_uri, queue, {event_id}, _MOST)
    except (pika.exceptions.AMQPError, OSError) as problem:
        raise Unreachable(f"The broker does not answer ({type(problem).__name__}).") from problem


def replay(amqp_uri: str, queue: str, event_id: str) -> int:
    """Send one of them again; how many were sent. What still has nowhere to go is in `unrouted` then.

    Raises Unreachable.
    """
    from chassis.strays import replay_strays

    try:
        return replay_strays(amqp_uri, queue, {event_id}, _MOST)
    except (pika.exceptions.AMQPError, OSError) as problem:
        raise Unreachable(f"The broker does not answer ({type(problem).__name__}).") from problem
