"""When the flow is back: a referral sent after the cause was gone has gone through everything."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import psycopg2

from chassis.queries import Queries
from infra.local.processes import until
from tests.faults.harness.load import Load, Sent
from tests.faults.harness.stage import Stage

_QUERIES = Queries.load(Path(__file__).with_name("accounts.sql"))
_EVERY: Final = 0.1
_FIRST: Final = 5
"""Of these any will do: a fault may be about one of them."""


def flows_again(stage: Stage, load: Load, since: float, seconds: float) -> float | None:
    """Seconds from `since` (monotonic) until the first referral sent after it was placed, noticed and counted.

    Queues keep their order, so what was waiting before it is through as well. None when it is not within `seconds`.
    """
    if until(lambda: any(_is_through(stage, one) for one in _sent_after(load, since)), seconds, _EVERY):
        return time.monotonic() - since
    return None


def _sent_after(load: Load, since: float) -> list[Sent]:
    return [one for one in load.acknowledged if one.sent_at >= since][:_FIRST]


def _is_through(stage: Stage, one: Sent) -> bool:
    asked = {"referral_id": one.referral_id, "needs": list(one.needs)}
    try:
        return all(
            stage.ask(service, _QUERIES[f"{service}_has_it"], **asked)[0]["so"]
            for service in ("reporting", "notifications", "activities")
        )
    except psycopg2.Error:
        return False
