"""What each library that serves a municipality has room for, from three bounded reads; nothing is locked or written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from services.activities.domain.availability import WEEKS_LOOKED_BACK, Pace, availability
from services.activities.domain.matching import Need
from services.activities.rows import Row
from services.activities.store import ActivitiesStore

_LOOKED_BACK: Final = timedelta(weeks=WEEKS_LOOKED_BACK)


def availabilities(store: ActivitiesStore, asked: dict[str, Any]) -> list[Row]:
    """Per library that serves it, in order of name; none when no library does."""
    libraries = store.libraries_serving(asked["municipality"], asked["kind"], asked.get("library_id"))
    lines = [(library["library_id"], asked["kind"]) for library in libraries]
    openings = store.what_is_open(lines)
    paces = store.paces(lines, since=store.now - _LOOKED_BACK)
    return [_of(store, library, asked, openings, paces) for library in libraries]


def _of(
    store: ActivitiesStore, library: Row, asked: dict[str, Any], openings: list[Any], paces: dict[str, Pace]
) -> Row:
    library_id = library["library_id"]
    somebody = Need(
        need_id="", referral_id="", participant_id="", received_at=store.now, library_id=library_id, kind=asked["kind"],
        municipality=asked["municipality"], spoken_level=asked["spoken_level"], literacy=asked["literacy"],
        features=frozenset(asked["features"]),
    )  # fmt: skip
    own = [opening for opening in openings if opening.library_id == library_id]
    found = availability(somebody, own, paces.get(library_id, Pace()))
    return {
        "library_id": library_id,
        "library_name": library["name"],
        "kind": asked["kind"],
        "municipality": asked["municipality"],
        "availability": found.status,
        "starts_at": found.starts_at,
        "expected_weeks": found.weeks_to_wait,
        "reasons": list(found.reasons),
    }
