"""The counting service: every effect can be counted, and each event can be made to go wrong."""

from __future__ import annotations

import os
import signal
from typing import Any

from chassis.inbox import hears
from chassis.outbox import Tells
from chassis.store import Store, Stores
from contracts.activities import NeedUnplaced
from contracts.envelope import Event
from contracts.intake import PartnerChanged, PartnerRegistered, PlacementAgreed, ReferralAccepted


class CountingStore(Store):
    """What was counted, and what shall go wrong."""

    def record(self, events: list[Event]) -> None:
        self.run_values("apply", [(e.id, e.partition_key, e.sequence) for e in events])
        self.run_values("count", sorted((e.partition_key, 1) for e in events))

    def misbehaviours(self, events: list[Event]) -> list[dict[str, Any]]:
        return self.rows("misbehaviours", ids=[e.id for e in events])


class CountingService:
    """Hears as activities does."""

    name = "activities"
    store: CountingStore = Stores(CountingStore)
    tell = Tells()

    @hears(ReferralAccepted, group=True)
    def accept(self, events: list[Event]) -> None:
        assert len({event.partition_key for event in events}) == len(events)
        self._misbehave(events)
        self.store.record(events)
        for event in events:
            need = event.data["needs"][0]
            facts = {name: event.data[name] for name in ("referral_id", "library_id", "municipality")}
            self.tell(NeedUnplaced, need["need_id"], cause=event, kind=need["kind"], reasons=["times-differ"], **facts)

    @hears(PlacementAgreed)
    def agree(self, event: Event) -> None:
        self._misbehave([event])
        self.store.record([event])

    @hears(PartnerRegistered)
    def register(self, event: Event) -> None:
        self.store.record([event])

    @hears(PartnerChanged, group=True)
    def change(self, events: list[Event]) -> None:
        self._misbehave(events)
        self.store.record(events)

    def _misbehave(self, events: list[Event]) -> None:
        for wish in self.store.misbehaviours(events):
            match wish["how"]:
                case "raise":
                    raise RuntimeError("as asked")
                case "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "slow":
                    self.store.run("be_slow")
                case sqlstate:
                    with self.store.unit.connection.cursor() as cursor:
                        cursor.execute(self.store.queries["fail_in_database"].format(sqlstate=sqlstate))
