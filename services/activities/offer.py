"""What libraries offer: publish a programme, schedule an activity. A repeated request changes nothing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from chassis.http import BadInput, Conflict, Forbidden
from chassis.identity import Caller
from chassis.outbox import Teller
from contracts.activities import ActivityScheduled, ProgrammePublished
from services.activities.domain.matching import joinable_until
from services.activities.domain.series import Series, SeriesProblem, Session, plan
from services.activities.placement import Placement
from services.activities.rows import Row
from services.activities.schemas import NewActivity
from services.activities.store import ActivitiesStore
from services.activities.views import activity_payload

_TAKEN = "This id was used before, for something else."


class Offer:
    """Publishes and schedules, for staff of the library, within one transaction."""

    def __init__(self, store: ActivitiesStore, tell: Teller, caller: Caller) -> None:
        self._store = store
        self._tell = tell
        self._caller = caller

    def publish(self, wanted: dict[str, Any]) -> tuple[Row, bool]:
        """The programme, and whether it is new. Raises a Problem: 403 another's library, 409 not known, id taken."""
        self._must_be_own(wanted["library_id"])
        self._known_library(wanted["library_id"])
        programme = {"programme_id": str(uuid4())} | wanted
        created = self._store.add_programme(**programme)
        row = self._store.programme(programme["programme_id"]) or {}
        if any(row[name] != value for name, value in programme.items()):
            raise Conflict(_TAKEN, type="id-taken")
        if created:
            self._tell(ProgrammePublished, row["programme_id"], **programme)
        return row, created

    def schedule(self, wanted: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """The activity, and whether it is new; who waited for it has a place then. Raises a Problem: 400, 403, 409."""
        programme = self._programme(wanted)
        asked = NewActivity().dump(wanted)
        wanted = {"activity_id": str(uuid4())} | wanted
        created = self._store.activity(wanted["activity_id"]) is None and self._add(wanted, programme, asked)
        row = self._store.activity(wanted["activity_id"]) or {}
        if row["asked"] != asked:
            raise Conflict(_TAKEN, type="id-taken")
        return activity_payload(row), created

    def _add(self, wanted: dict[str, Any], programme: Row, asked: dict[str, Any]) -> bool:
        sessions = self._sessions(wanted["series"])
        line = (programme["library_id"], programme["kind"])
        self._store.lock([line])
        activity = _activity(wanted, programme, sessions)
        created = self._store.add_activity(sessions, asked, **activity)
        if created:
            self._tell(ActivityScheduled, activity["activity_id"], **_scheduled(activity))
            Placement(self._store, self._tell).look_again([line])
        return created

    def _programme(self, wanted: dict[str, Any]) -> Row:
        programme = self._store.programme(wanted["programme_id"])
        if programme is None:
            raise BadInput.field("programmeId", "There is no programme with this id.")
        self._must_be_own(programme["library_id"])
        library = self._known_library(programme["library_id"])
        if wanted["municipality"] not in {area["municipality"] for area in library["serves"]}:
            raise BadInput.field("municipality", f"{library['name']} does not serve this municipality.")
        return programme

    def _sessions(self, series: dict[str, Any]) -> tuple[Session, ...]:
        try:
            sessions = plan(Series(**series))
        except SeriesProblem as problem:
            raise BadInput.field(f"series.{problem.field}", problem.message) from problem
        if sessions[-1].starts_at <= self._store.now:
            raise BadInput.field("series.startDate", "No session lies in the future.")
        return sessions

    def _must_be_own(self, library_id: str) -> None:
        if library_id not in self._caller.libraries:
            raise Forbidden("Only staff of this library plan its offer.")

    def _known_library(self, library_id: str) -> Row:
        library = self._store.library(library_id)
        if library is None:
            raise Conflict(
                "This library is not known here yet. It is, soon after its registration: send this again then.",
                type="library-not-known",
                headers={"Retry-After": "2"},
            )
        return library


def _activity(wanted: dict[str, Any], programme: Row, sessions: tuple[Session, ...]) -> dict[str, Any]:
    """As it is stored."""
    starts = [session.starts_at for session in sessions]
    return {
        "activity_id": wanted["activity_id"],
        **{name: programme[name] for name in ("programme_id", "library_id", "kind", "audience")},
        **{name: wanted[name] for name in ("title", "municipality", "home_visits", "capacity", "features")},
        "branch": wanted.get("branch"),
        "lowest_level": wanted["suits"].get("lowest_level"),
        "highest_level": wanted["suits"].get("highest_level"),
        "literacy": wanted["suits"]["literacy"],
        "age_bands": wanted["suits"]["age_bands"],
        "starts_at": starts[0],
        "ends_at": max(session.ends_at for session in sessions),
        "joinable_until": joinable_until(programme["kind"], starts),
    }


def _scheduled(activity: dict[str, Any]) -> dict[str, Any]:
    """As it is told."""
    told = (
        "activity_id",
        "programme_id",
        "library_id",
        "kind",
        "municipality",
        "title",
        "capacity",
        "starts_at",
        "ends_at",
    )
    return {name: activity[name] for name in told}
