"""Databases that hold years of referrals: a few real ones pushed through, then copied in SQL under other ids."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg2

from bench.meedoen import Meedoen
from bench.turn import push
from chassis.partitions import make_days
from contracts.catalogue import SERVICES
from infra.local.installation import ROOT

SOME: Final = 1_000
MANY: Final = 300_000
_REAL: Final = 250
_SQL: Final = ROOT / "bench" / "sql"
_KEPT_DAYS: Final = {"published": ("published_at", 35), "inbox": ("event_time", 42)}
_SEED: Final = 1_000_000


class Filled(Meedoen):
    """Meedoen with this many referrals in its databases before anyone is referred."""

    def __init__(self, var: Path, referrals: int) -> None:
        super().__init__(var)
        self._copies = referrals // _REAL

    def set_up(self) -> None:
        super().set_up()
        self.start()
        try:
            push(self, _SEED, _REAL)
        finally:
            self.stop()
        for service in SERVICES:
            self._fill(service)
            self.tell(service, "vacuum analyze")

    def _fill(self, service: str) -> None:
        today = datetime.now(UTC).date()
        with closing(psycopg2.connect(self.url(service), options=f"-c search_path={service},public")) as connection:
            for table, (column, kept) in _KEPT_DAYS.items():
                days = [today - timedelta(days=ago) for ago in range(kept + 1)]
                make_days(connection, "chassis", table, column, days)
            with connection, connection.cursor() as cursor:
                for file in ("fill", "chassis", service):
                    cursor.execute((_SQL / f"{file}.sql").read_text(), {"copies": self._copies})
