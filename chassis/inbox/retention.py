"""Make the inbox's partitions ahead and drop those that are older than a repetition can be."""

from __future__ import annotations

from datetime import timedelta

import structlog

from chassis.partitions import days_ahead, drop_days, make_days
from chassis.store import Store

log = structlog.get_logger()

_AHEAD_DAYS = 7
_CLOCKS_DIFFER_DAYS = 1


class RetentionStore(Store, sql="retention.sql"):
    """The inbox, by day of the event's own time."""

    def keep(self, days: int) -> None:
        """Bring the partitions to today: a week ahead, and back as far as an event may be old (`days`).

        A day more is kept, because an event is parked as too old by the clock of the process that takes it. Raises
        psycopg2.errors.LockNotAvailable when the table stays in use: nothing is lost by trying again later.
        """
        today = self.now.date()
        connection = self.unit.connection
        made = make_days(connection, "chassis", "inbox", "event_time", days_ahead(today, _AHEAD_DAYS))
        before = today - timedelta(days=days + _CLOCKS_DIFFER_DAYS)
        dropped = drop_days(connection, "chassis", "inbox", before)
        self.run("forget_old_default", before=before)
        self.run("forget_old_attempts", before=before)
        if made or dropped:
            log.info("inbox_partitions_kept", made=made, dropped=dropped)
