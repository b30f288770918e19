"""Try deferred events again: each partition key's line in order, its head with growing waits, until it is parked."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from chassis.assembly import Assembly
from chassis.backoff import delay
from chassis.database import Database, is_infrastructure
from chassis.inbox.applying import apply
from chassis.inbox.failure import failure
from chassis.inbox.outcome import Outcome
from chassis.inbox.reading import Delivery, Letter, read
from chassis.inbox.settings import InboxSettings
from chassis.store import Store
from chassis.unit import Unit
from chassis.waiting import SilentServer

log = structlog.get_logger()

_LOOKED_AT = 500
_IN_A_ROW = 200
"""Of one line, before the others have their turn."""


class RetryStore(Store, sql="retry.sql"):
    """The lines of deferred events."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first in line of a key; `attempts` includes the one that has just begun."""

    key: str
    event_id: str
    raw: bytes
    attempts: int
    allowed: int


class Moved(Exception):
    """Another process moved this line meanwhile."""


class Retrier:
    """Works off what is due. Safe to run in every process: a lock per key keeps each line in order."""

    def __init__(
        self,
        assembly: Assembly,
        database: Database,
        settings: InboxSettings,
        *,
        stopping: threading.Event | None = None,
    ) -> None:
        self._assembly = assembly
        self._database = database
        self._settings = settings
        self._stopping = stopping or threading.Event()

    def run_due(self) -> int:
        """Try every line that is due once; how many events were applied. Raises what the database raises."""
        with Unit(self._database) as unit:
            keys = [row["partition_key"] for row in RetryStore(unit).rows("due_keys", rows=_LOOKED_AT)]
        return sum(self._work_off(key) for key in keys)

    def _work_off(self, key: str) -> int:
        applied = 0
        while applied < _IN_A_ROW and not self._stopping.is_set():
            head = self._begin(key)
            if head is None or not self._retry(head):
                break
            applied += 1
        return applied

    def _begin(self, key: str) -> Head | None:
        """Commit that the head's next attempt begins; None when the line is empty, not due, blocked or locked."""
        with Unit(self._database) as unit:
            store = RetryStore(unit)
            if not store.value("try_lock_key", key=key) or (row := store.row("head", key=key)) is None:
                return None
            if row["blocked"]:
                store.run("wait_for_decision", key=key)
                return None
            if not row["due"]:
                store.run("wait_for_head", head=row["event_id"])
                return None
            allowed = row["attempts_allowed"] or self._settings.retry_attempts
            if row["attempts"] >= allowed:
                # Begun before and never ended: the process was killed at its last attempt.
                self._park(store, row["event_id"], row["raw"], "attempts-exhausted", None)
                return None
            attempts = row["attempts"] + 1
            wait = delay(attempts, base=self._settings.retry_base, cap=self._settings.retry_cap)
            store.run("begin_retry", event_id=row["event_id"], next_attempt_at=unit.now + timedelta(seconds=wait))
            return Head(key, row["event_id"], bytes(row["raw"]), attempts, allowed)

    def _retry(self, head: Head) -> bool:
        """Apply the head in a transaction of its own; whether the next in line may follow at once."""
        letter = read(Delivery(head.raw), self._assembly.handlers)
        if letter.event is not None and letter.event.event not in self._assembly.handlers:
            letter = replace(letter, reason="no-handler")
        try:
            with Unit(self._database) as unit:
                store = RetryStore(unit)
                if letter.event is None or letter.reason is not None:
                    self._park(store, head.event_id, head.raw, letter.reason or "not-an-event", letter.error)
                    return False
                self._claim(store, head)
                apply(self._assembly, unit, [letter.event])
        except Moved:
            return False
        except Exception as error:
            self._failed(head, error)
            if is_infrastructure(error) and not isinstance(error, SilentServer):
                raise
            return False
        Outcome(applied=[letter]).report("deferred")
        log.info("deferred_event_applied", event_id=head.event_id, attempts=head.attempts)
        return True

    @staticmethod
    def _claim(store: RetryStore, head: Head) -> None:
        store.run("lock_key", key=head.key)
        if not store.run("remove_deferred", event_id=head.event_id, attempts=head.attempts):
            raise Moved

    def _failed(self, head: Head, error: Exception) -> None:
        with Unit(self._database) as unit:
            store = RetryStore(unit)
            # When the database that fell silent takes this, it may be the event that takes too long.
            if is_infrastructure(error) and not isinstance(error, SilentServer):
                store.run("excuse_retry", event_id=head.event_id)
                return
            said = failure(error)
            if head.attempts >= head.allowed:
                self._park(store, head.event_id, head.raw, "attempts-exhausted", said)
                return
            store.run("fail_retry", event_id=head.event_id, error=said)
        log.warning("retry_failed", event_id=head.event_id, attempts=head.attempts, failure=said)

    def _park(self, store: RetryStore, event_id: str, raw: bytes, reason: str, error: dict[str, Any] | None) -> None:
        """Park it when the unit commits; it is reported after."""
        letter: Letter = replace(read(Delivery(bytes(raw))), id=event_id, reason=reason, error=error)
        store.run("park_deferred", event_id=event_id, reason=reason, error=error)
        store.unit.after_commit(lambda: Outcome(parked=[letter]).report("deferred"))
