"""What a timer works off in lots, so that one subject that fails costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from chassis import metrics
from chassis.backoff import delay
from chassis.database import is_infrastructure
from chassis.logs import describe
from chassis.unit import Unit

log = structlog.get_logger()

Row = dict[str, Any]
_FIRST_WAIT_S = 60.0
_LONGEST_WAIT_S = 3600.0
_REMEMBERED = timedelta(days=1)


class Lots:
    """`LOTS = Lots("tell-overdue", "referral_id")`: one of each timer, for all its runs in this process.

    Which subjects failed is known to this process alone: another one finds out itself.
    """

    def __init__(self, timer: str, subject: str) -> None:
        """`subject` is the column that says which rows stand or fall together."""
        self._timer = timer
        self._subject = subject
        self._failed: dict[str, tuple[int, datetime]] = {}

    def put_off(self, now: datetime) -> list[str]:
        """Subjects that failed and are not to be tried yet, so that others come first."""
        self._failed = {one: failed for one, failed in self._failed.items() if now < failed[1] + _REMEMBERED}
        return sorted(subject for subject, (_, again) in self._failed.items() if now < again)

    def work(self, unit: Unit, rows: Sequence[Row], do: Callable[[Sequence[Row]], None]) -> None:
        """Do all of them together or, when that fails, each subject by itself. Raises what is the database's fault.

        What failed is undone, logged, counted and put off.
        """
        if not rows:
            return
        try:
            self._done(unit, rows, do)
        except Exception as error:
            if is_infrastructure(error):
                raise
            log.warning("timer_lot_taken_apart", timer=self._timer, rows=len(rows), failure=describe(error))
        else:
            return
        for subject in dict.fromkeys(row[self._subject] for row in rows):
            try:
                self._done(unit, [row for row in rows if row[self._subject] == subject], do)
            except Exception as error:
                if is_infrastructure(error):
                    raise
                self._put_off(str(subject), unit.now, error)

    def _done(self, unit: Unit, rows: Sequence[Row], do: Callable[[Sequence[Row]], None]) -> None:
        with unit.part():
            do(rows)
        for row in rows:
            self._failed.pop(str(row[self._subject]), None)

    def _put_off(self, subject: str, now: datetime, error: Exception) -> None:
        failures = self._failed.get(subject, (0, now))[0] + 1
        wait = delay(failures, base=_FIRST_WAIT_S, cap=_LONGEST_WAIT_S)
        self._failed[subject] = failures, now + timedelta(seconds=wait)
        metrics.timer_put_off.labels(self._timer).inc()
        log.error("timer_put_off", timer=self._timer, subject=subject, failures=failures, again_in=round(wait, 1),
                  failure=describe(error))  # fmt: skip


__all__ = ["Lots"]
