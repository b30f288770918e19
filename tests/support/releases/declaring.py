"""The catalogue of this process as later releases have it, for a while."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final
from unittest.mock import patch

from contracts.catalogue import BY_TYPE, CATALOGUE, Told
from contracts.intake import ReferralAccepted
from tests.support.releases.accepted import ReferralAcceptedV2

FIRST: Final[Told] = CATALOGUE[ReferralAccepted]
SECOND: Final[Told] = replace(FIRST, event=ReferralAcceptedV2)


@contextmanager
def both_declared() -> Iterator[None]:
    """The first version and the second."""
    with _catalogue(*CATALOGUE.values(), SECOND):
        yield


@contextmanager
def second_declared() -> Iterator[None]:
    """The second version alone."""
    rows = [row for row in CATALOGUE.values() if row.event is not ReferralAccepted]
    with (
        _catalogue(*rows, SECOND),
        patch.object(ReferralAcceptedV2, "replaces", None),
        patch.object(ReferralAcceptedV2, "carrier", ReferralAcceptedV2),
    ):
        yield


@contextmanager
def _catalogue(*rows: Told) -> Iterator[None]:
    kept = dict(CATALOGUE)
    try:
        _fill(rows)
        yield
    finally:
        _fill(kept.values())


def _fill(rows: Iterable[Told]) -> None:
    CATALOGUE.clear()
    BY_TYPE.clear()
    for row in rows:
        CATALOGUE[row.event] = BY_TYPE[row.event.type] = row
