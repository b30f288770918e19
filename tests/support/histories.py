"""What a platform told, played again into services that know nothing yet: duplicated, interleaved, in any batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from random import Random
from typing import Any, Final

from chassis.loading import service_in
from chassis.migrations import migrate
from chassis.testing import Harness
from contracts.catalogue import BY_TYPE
from contracts.envelope import Event
from infra.local.databases import Databases
from tests.support.orders import in_batches, interleave
from tests.support.servers import fresh_name

HEARERS: Final = ("activities", "notifications", "reporting")
_OFFER: Final = ("programme", "activity", "session", "line")
"""What activities knows from requests, and not from events."""
_STATES: Final[dict[str, dict[str, str]]] = {
    "activities": {
        # Who came first got the last place, so of kinds that fill up only the numbers are the same.
        "needs": "select need_id::text, state from need where kind <> all(%(scarce)s)",
        "numbers": "select library_id::text, kind, state, count(*) from need group by 1, 2, 3",
        "places": "select library_id::text, kind, sum(taken) from activity group by 1, 2 having sum(taken) > 0",
    },
    "notifications": {
        "notices": """
            select library_id::text, code, event_id::text, referral_id::text, need_id::text from notice
        """,
        "mails": """
            select library_id::text, partner_id::text, referral_id::text, count(*) from mail
            where referral_id is not null group by 1, 2, 3
        """,
    },
    "reporting": {
        "counted": "select * from counted",
        "cells": """
            select * from cell
            where referrals_in_triage + referrals_accepted + referrals_rejected + needs_in_triage + needs_rejected
                + needs_matching + needs_waiting + needs_unplaced + needs_held + needs_placed + needs_ended > 0
        """,
        "heard": "select source, subject, contiguous_to, beyond from flow_receipt",
    },
}


def state_of(service: str, ask: Any, scarce: Sequence[str]) -> dict[str, list[tuple[str, ...]]]:
    """What a service knows, by what it is about. `ask(sql, **values)` gives rows."""
    values = {"scarce": list(scarce)}
    return {
        what: sorted(tuple(map(str, row.values())) for row in ask(sql, **values))
        for what, sql in _STATES[service].items()
    }


@contextmanager
def newborn(service: str, databases: Databases, settings: dict[str, str]) -> Iterator[Harness]:
    """The service on a database of its own, in which nothing happened."""
    name = fresh_name()
    url = databases.create(name)
    try:
        migrate(url, service)
        with Harness(service_in(f"services.{service}.service"), url, **settings) as harness:
            yield harness
    finally:
        databases.drop(name)


def copy_offer(origin: Any, harness: Harness) -> None:
    """Give a newborn activities service the offer that `origin`, a connection, has; with no place taken."""
    with origin.cursor() as source, harness.database.connection() as connection, connection.cursor() as target:
        target.execute("set session_replication_role = replica")  # libraries come by events, maybe after their offer
        for table in _OFFER:
            text = StringIO()
            source.copy_expert(f"copy {table} to stdout", text)
            text.seek(0)
            target.copy_expert(f"copy {table} from stdin", text)
        target.execute("update activity set taken = 0; set session_replication_role = origin")
        connection.commit()


def play_again(harness: Harness, service: str, told: Sequence[Event], chance: Random) -> tuple[int, int]:
    """Deliver what this service hears, some of it again, in another order; how many events, and how many came again."""
    heard = [event for event in told if service in BY_TYPE[event.event.type].heard_by]
    repeated = 0
    for batch in in_batches(interleave(heard, chance, keep_order=True), chance):
        outcome = harness.deliver(batch)
        assert not outcome.deferred, f"{service} deferred {outcome.deferred[0].type}"
        assert not outcome.parked, f"{service} parked {outcome.parked[0].type}"
        repeated += len(outcome.repeated)
    if service == "reporting":
        harness.tick("count-again")
    return len(heard), repeated
