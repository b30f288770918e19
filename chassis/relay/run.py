"""Hold the lock, publish, and begin again after every trouble until asked to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg2
import structlog

from chassis import metrics
from chassis.addresses import Addresses
from chassis.backoff import Backoff
from chassis.database import Database
from chassis.health import Unwell
from chassis.logs import describe
from chassis.relay.endings import SessionEnded
from chassis.relay.ledger import Ledger
from chassis.relay.pace import Pace
from chassis.relay.session import Session
from chassis.relay.stopping import Stopping
from chassis.topology import TopologyError, TopologyMismatch

log = structlog.get_logger()

_STANDBY_S = 1.0


@dataclass
class State:
    """What the relay is doing, for whoever asks."""

    active: bool = False
    database: str | None = "not reached yet"
    broker: str | None = "not reached yet"

    def ask_database(self) -> dict[str, Any]:
        """For the health page: raises Unwell while the database is away."""
        if self.database:
            raise Unwell(self.database)
        return {"active": self.active}

    def ask_broker(self) -> dict[str, Any]:
        """For the health page: a standby has no connection, so it is well."""
        if self.active and self.broker:
            raise Unwell(self.broker)
        return {}


class Relay:
    """One process of possibly several for a database; one of them is active."""

    def __init__(
        self,
        database: Database,
        amqp_uri: str,
        stopping: Stopping,
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._addresses = Addresses(amqp_uri)
        self._stopping = stopping
        self._pace = pace or Pace()
        self.state = State()

    def run(self) -> None:
        """Return when asked to stop. Raises TopologyMismatch, which trying again cannot mend."""
        backoff = Backoff(0.2, 5.0)
        while not self._stopping.requested:
            try:
                self._with_ledger(backoff)
            except psycopg2.Error as problem:
                wait = backoff.failed()
                self.state.database = f"{type(problem).__name__}: {str(problem).strip().partition(chr(10))[0]}"
                log.warning("relay_database_away", retry_in=round(wait, 1), problem=describe(problem))
                self._stopping.wait(wait)

    def _with_ledger(self, backoff: Backoff) -> None:
        ledger = Ledger(self._database)
        try:
            self._stand_by(ledger, backoff)
            if not self._stopping.requested:
                self._become(active=True)
                self._publish(ledger)
        finally:
            self._become(active=False)
            ledger.close()

    def _stand_by(self, ledger: Ledger, backoff: Backoff) -> None:
        told = False
        while not self._stopping.requested and not ledger.try_lock():
            self.state.database = None
            if not told:
                log.info("relay_standing_by")
                told = True
            self._stopping.wait(_STANDBY_S)
        self.state.database = None
        backoff.succeeded()

    def _publish(self, ledger: Ledger) -> None:
        backoff = Backoff(0.1, 5.0)
        while not self._stopping.requested:
            session = Session(self._addresses.turn(), ledger, self._stopping, self._pace, self._publishing)
            try:
                session.run()
            except TopologyMismatch:
                raise
            except (SessionEnded, TopologyError) as problem:
                if session.moved:
                    backoff.succeeded()
                self._begin_again(problem, backoff.failed())

    def _begin_again(self, problem: SessionEnded | TopologyError, wait: float) -> None:
        reason = getattr(problem, "reason", "topology")
        self.state.broker = str(problem)
        metrics.relay_restarts.labels(reason=reason).inc()
        log.warning("relay_begins_again", reason=reason, problem=str(problem), retry_in=round(wait, 1))
        self._stopping.wait(wait)

    def _publishing(self) -> None:
        self.state.broker = None

    def _become(self, *, active: bool) -> None:
        if active != self.state.active:
            log.info("relay_active" if active else "relay_let_go")
        self.state.active = active
        metrics.relay_active.set(1 if active else 0)
