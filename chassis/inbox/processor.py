"""Take a batch of deliveries in one transaction; when an event of it fails, let it cost only itself.

Knows nothing of the broker: whoever calls :meth:`Processor.handle` acknowledges after it returned, and gives the
messages back when it raised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from chassis.assembly import Assembly
from chassis.backoff import delay
from chassis.database import Connection, Database, is_infrastructure
from chassis.failpoints import failpoint
from chassis.inbox.applying import apply
from chassis.inbox.failure import failure
from chassis.inbox.outcome import Outcome
from chassis.inbox.reading import Delivery, Letter, read
from chassis.inbox.settings import InboxSettings
from chassis.inbox.sorting import ALONE_FROM_REDELIVERY, judge, portions, sort
from chassis.inbox.store import InboxStore
from chassis.unit import Unit
from chassis.waiting import SilentServer

log = structlog.get_logger()

_TRIES = 5


class Processor:
    """Handles what one queue delivers, each event exactly once, in order per partition key.

    `pause` waits that many seconds and says whether to give up waiting (the process is stopping).
    """

    def __init__(
        self,
        assembly: Assembly,
        database: Database,
        queue: str,
        settings: InboxSettings,
        pause: Callable[[float], bool],
    ) -> None:
        self._assembly = assembly
        self._database = database
        self._queue = queue
        self._settings = settings
        self._pause = pause
        self._excused: set[str] = set()

    def handle(self, connection: Connection, deliveries: Sequence[Delivery]) -> Outcome:
        """Settle all of these; returns when it is committed. Raises only when the database is away.

        An infrastructure error on a connection that still lives has the same letters tried again, a few times.
        """
        outcome = Outcome()
        letters = (read(delivery, self._assembly.handlers) for delivery in deliveries)
        for portion in portions(letters):
            outcome.add(self._patiently(connection, portion))
        return outcome

    def _patiently(self, connection: Connection, letters: list[Letter]) -> Outcome:
        if letters[0].redeliveries >= ALONE_FROM_REDELIVERY:
            letters = [self._count_attempt(connection, letters[0])]
        for tries in range(1, _TRIES + 1):
            try:
                return self._settle(connection, letters)
            except Exception as error:
                if not is_infrastructure(error):
                    raise
                if letters[0].redeliveries >= ALONE_FROM_REDELIVERY and not isinstance(error, SilentServer):
                    self._excused.add(letters[0].id)
                if connection.closed or tries == _TRIES:
                    raise
                log.warning("batch_tried_again", queue=self._queue, events=len(letters), failure=failure(error))
                if self._pause(delay(tries, base=0.05, cap=2.0)):
                    raise
        raise AssertionError("unreachable")

    def _settle(self, connection: Connection, letters: list[Letter]) -> Outcome:
        """All in one transaction, or, when one of them fails, each in its own."""
        try:
            return self._in_one_transaction(connection, letters)
        except Exception as error:
            if is_infrastructure(error):
                raise
            if len(letters) == 1:
                return self._defer(connection, letters[0], error)
            log.warning("batch_taken_apart", queue=self._queue, events=len(letters), failure=failure(error))
        outcome = Outcome()
        for letter in letters:
            outcome.add(self._settle(connection, [letter]))
        return outcome

    def _in_one_transaction(self, connection: Connection, letters: list[Letter]) -> Outcome:
        with Unit(self._database, connection=connection) as unit:
            store = InboxStore(unit)
            judged = [self._judge(letter) for letter in letters]
            new, blocked = store.take(judged)
            found = sort(judged, new=new, blocked=blocked)
            store.put_aside(found.aside, self._queue)
            apply(self._assembly, unit, found.events)
            if letters[0].redeliveries >= ALONE_FROM_REDELIVERY:
                store.forget_attempts(letters[0].id)
            failpoint("inbox-before-commit")
        outcome = Outcome(
            applied=found.apply,
            repeated=found.repeated,
            deferred=[letter for letter in found.aside if letter.reason is None],
            parked=[letter for letter in found.aside if letter.reason is not None],
        )
        outcome.report(self._queue)
        self._excused.difference_update(letter.id for letter in letters)
        return outcome

    def _judge(self, letter: Letter) -> Letter:
        oldest = datetime.now(UTC) - timedelta(days=self._settings.retention_days)
        return judge(letter, handled=self._assembly.handlers, oldest=oldest)

    def _defer(self, connection: Connection, letter: Letter, error: Exception) -> Outcome:
        """Take the event over without applying it; later ones of its key queue up behind it."""
        wait = delay(1, base=self._settings.retry_base, cap=self._settings.retry_cap)
        letter = replace(letter, error=failure(error))
        with Unit(self._database, connection=connection) as unit:
            store = InboxStore(unit)
            new, _ = store.take([letter])
            if new:
                store.defer(
                    letter, self._queue, error=letter.error or {}, next_attempt_at=unit.now + timedelta(seconds=wait)
                )
            store.forget_attempts(letter.id)
        outcome = Outcome(deferred=[letter]) if new else Outcome(repeated=[letter])
        outcome.report(self._queue)
        return outcome

    def _count_attempt(self, connection: Connection, letter: Letter) -> Letter:
        """Record the attempt before it is made; the letter, to be parked when there were too many.

        An attempt that ended in an infrastructure error while this process lived on is not counted again, unless the
        database fell silent: it answered when the attempt was recorded, so it may be the event that takes too long.
        """
        with Unit(self._database, connection=connection) as unit:
            store = InboxStore(unit)
            excused = letter.id in self._excused
            attempts = store.recorded_attempts(letter.id) if excused else store.record_attempt(letter.id)
        if attempts <= self._settings.crash_attempts or letter.reason is not None:
            return letter
        error = {"message": f"begun {attempts - 1} times after two deliveries in vain, and never ended"}
        return replace(letter, reason="crash-loop", error=error)
