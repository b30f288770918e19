"""Asking activities whether there is room, in the name of who is signed in: about kinds and levels, never a person.

A look before referring must not hold the form up: all questions together have a few seconds, few are asked at a time,
and whatever goes wrong is one answer: it cannot be told now.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx
import structlog

from services.intake import metrics

log = structlog.get_logger()

AT_ONCE: Final = 8
"""People for whom is asked at the same time; each holds one of the requests that this process can handle."""


@dataclass(frozen=True, slots=True)
class Room:
    """What one library has for one kind: `capacity`, `waitlist` or `no-capacity`; `reasons` say why not."""

    library: str
    availability: str
    starts_at: datetime | None
    weeks: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom: a municipality, levels and what an activity must have."""

    municipality: str
    spoken_level: str = "unknown"
    literacy: str = "unknown"
    features: tuple[str, ...] = ()


class RoomDesk:
    """Asks at `url`, activities' address with its prefix; None: this installation does not say where that is."""

    def __init__(self, url: str | None, patience: float) -> None:
        self._url = f"{url}/v1/availability" if url else None
        self._patience = patience
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def look(self, headers: Mapping[str, str], asked: Asked, kinds: Sequence[str]) -> dict[str, list[Room]] | None:
        """What there is for each kind, by library; an empty list: no library has it there. None: not known now."""
        if self._url is None or not self._turns.acquire(blocking=False):
            return _missed("nobody-to-ask" if self._url is None else "too-many-ask")
        until = time.monotonic() + self._patience
        try:
            with httpx.Client(headers=dict(headers), trust_env=False) as line:
                return {kind: self._one(line, self._url, asked, kind, until) for kind in dict.fromkeys(kinds)}
        except httpx.TimeoutException:
            return _missed("too-late")
        except httpx.HTTPError:
            return _missed("away")
        except (ValueError, KeyError, TypeError):
            return _missed("not-understood")
        finally:
            self._turns.release()

    def _one(self, line: httpx.Client, url: str, asked: Asked, kind: str, until: float) -> list[Room]:
        left = until - time.monotonic()
        if left <= 0:
            raise httpx.ReadTimeout("no time left")
        wanted = {"kind": kind, "municipality": asked.municipality, "spokenLevel": asked.spoken_level}
        wanted |= {"literacy": asked.literacy, "features": ",".join(asked.features)}
        answer = line.get(url, params=wanted, timeout=left)
        answer.raise_for_status()
        return [_room(row) for row in answer.json()["items"]]


def _missed(why: str) -> dict[str, list[Room]] | None:
    metrics.room_not_told.labels(why).inc()
    log.warning("room_not_told", reason=why)
    return None


def _room(row: Mapping[str, Any]) -> Room:
    starts_at = datetime.fromisoformat(row["startsAt"]) if row["startsAt"] else None
    return Room(row["libraryName"], row["availability"], starts_at, row["expectedWeeks"], tuple(row["reasons"]))
