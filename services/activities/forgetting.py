"""What was decided about people whom nobody looks a place for any more is not kept for ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.lots import Lots, Row
from chassis.unit import Unit
from services.activities.store import ActivitiesStore

_LOTS: Final = Lots("forget-needs", "need_id")
MOST: Final = 500


def forget_needs(store: ActivitiesStore, kept: timedelta, most: int = MOST) -> bool:
    """Needs of referrals that are over, closed longer ago than this, go with their places; whether there are more."""
    unit: Unit = store.unit
    rows = store.needs_closed_before(unit.now - kept, _LOTS.put_off(unit.now), most)

    def forget(lot: Sequence[Row]) -> None:
        store.forget_needs([row["need_id"] for row in lot])

    _LOTS.work(unit, rows, forget)
    return len(rows) == most
