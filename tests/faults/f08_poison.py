"""8. Messages that nobody can handle, and events that a handler always refuses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

import pika

from chassis.topology import queue_name
from contracts.catalogue import SERVICES
from infra.local.processes import until
from tests.faults.harness.fault import Fault
from tests.faults.harness.load import Load
from tests.support.events import referral_accepted

_PATIENT: Final = 60.0
_UNLUCKY: Final = ("00", "40", "80", "c0")
"""Ends of the ids of referrals that activities always fails on: one in 64."""
_RAISE: Final = """
create function refuse_unlucky() returns trigger language plpgsql as $$
begin
    if right(new.referral_id::text, 2) = any(%(unlucky)s) then
        raise exception 'refused by a fault';
    end if;
    return new;
end $$;
create trigger refuse_unlucky before insert on need for each row execute function refuse_unlucky()
"""
_STOP_RAISING: Final = "drop trigger refuse_unlucky on need; drop function refuse_unlucky"


class Poison(Fault):
    """Each kind of junk comes twice into every queue; beside it one service fails on one referral in 64.

    All must be parked once, and cost the others nothing. Then the cause of the failing is mended, and an operator lets
    those be tried again and throws the junk away.
    """

    number = 8
    name = "poison"
    what = "bad JSON, no event, wrong data, an unknown version; a handler that always raises"

    def prepare(self) -> None:
        self.problems: list[str] = []
        self.stage.orders.lasting("activities", INBOX_RETRY_ATTEMPTS="3", INBOX_RETRY_BASE="0.2")
        self.stage.restart("activities")

    def strike(self, load: Load) -> None:
        self.stage.ask("activities", _RAISE, unlucky=list(_UNLUCKY))
        self.junk = _junk(self.since - timedelta(hours=1))
        with self.stage.channel() as channel:
            for service in SERVICES:
                for body in self.junk.values():
                    for _ in range(2):
                        channel.basic_publish(
                            "", queue_name(service, 0, 1), body, pika.BasicProperties(delivery_mode=2)
                        )
        assert until(lambda: all(self._parked(service) for service in SERVICES), _PATIENT)
        assert until(lambda: any(_is_unlucky(one) for one in self._subjects()), _PATIENT), "nobody was unlucky"

    def clean_up(self) -> None:
        assert until(lambda: not self.stage.ask("activities", "select event_id from deferred"), _PATIENT)
        self.stage.ask("activities", _STOP_RAISING)
        for service in SERVICES:
            self._decide(service)
        self.stage.orders.lasting("activities")
        self.stage.restart("activities")

    def _decide(self, service: str) -> None:
        """As an operator: try again what failed, throw away what nobody can read; and see that all is there once."""
        operations = self.stage.target.operations(service)
        reasons: Counter[str] = Counter()
        for one in list(operations.pages("/parked")):
            if service == "activities" and _is_unlucky(one["subject"] or ""):
                operations.post(f"/parked/{one['eventId']}/replay")
                continue
            reasons[one["reason"]] += 1
            operations.post(f"/parked/{one['eventId']}/discard", {"reason": "made up by a fault"})
        if sum(reasons.values()) != len(self.junk):
            self.problems.append(f"{service} parked {dict(reasons)} of {sorted(self.junk)}, each of which came twice")

    def wrong(self, load: Load) -> Iterable[str]:
        return self.problems

    def _parked(self, service: str) -> bool:
        return len(self.stage.ask(service, "select event_id from parked")) >= len(self.junk)

    def _subjects(self) -> list[str]:
        return [row["subject"] or "" for row in self.stage.ask("activities", "select subject from parked")]


def _is_unlucky(subject: str) -> bool:
    return subject.startswith("referral/") and subject.endswith(_UNLUCKY)


def _junk(moment: Any) -> dict[str, bytes]:
    """By what is wrong with it. Its time lies before the round, so that its rows in the inbox are not counted."""
    event: dict[str, Any] = json.loads(referral_accepted("0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c11").raw)
    event["time"] = moment.isoformat()
    unknown = event | {"type": event["type"].replace(".v1", ".v9"), "id": "0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c12"}
    wrong = event | {"data": event["data"] | {"needs": "all"}, "id": "0192f0c1-7d0e-7c1a-9a53-6f6f7c0e4c13"}
    return {
        "bad JSON": b'{"specversion": "1.0", ',
        "no event": b'{"hello": "world"}',
        "unknown version": json.dumps(unknown).encode(),
        "wrong data": json.dumps(wrong).encode(),
    }
