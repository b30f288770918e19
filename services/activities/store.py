"""What activities keeps: one method per named query of sql/queries.sql."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from chassis.store import Store
from services.activities import rows
from services.activities.domain.availability import Pace
from services.activities.domain.matching import Need, Opening
from services.activities.domain.placing import InLine, Placed, Seat
from services.activities.domain.series import Session
from services.activities.rows import Line, NeedState, Row

MOST_COUNTED: Final = 300
"""Beyond so many it makes no difference to how long somebody waits whether there are more."""
After = tuple[Any, ...] | None
"""The sort key (a moment and an id) of the last row of the page before."""


class ActivitiesStore(Store):
    """Libraries and their offer; places and lines."""

    # What libraries offer

    def put_library(self, library_id: str, name: str, serves: list[dict[str, Any]]) -> None:
        """A library, new or as it is now."""
        self.run("put_library", library_id=library_id, name=name, serves=orjson.dumps(serves).decode())

    def library(self, library_id: str) -> Row | None:
        return self.row("library", library_id=library_id)

    def add_programme(self, **programme: Any) -> bool:
        """False: it was there."""
        return bool(self.run("add_programme", now=self.now, **programme))

    def programme(self, programme_id: str) -> Row | None:
        return self.row("programme", programme_id=programme_id)

    def programmes(self, libraries: Collection[str], *, kind: str | None, after: After, limit: int) -> list[Row]:
        """A page, oldest first, and one row more."""
        return self.rows("programmes", libraries=list(libraries), kind=kind, **_after(after), limit=limit + 1)

    def add_activity(self, sessions: Sequence[Session], asked: dict[str, Any], **activity: Any) -> bool:
        """With all its sessions. False: it was there, and nothing was changed."""
        text = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS).decode()
        if not self.run("add_activity", asked=text, now=self.now, **activity):
            return False
        activity_id = activity["activity_id"]
        self.write_values("add_sessions", [(activity_id, each.starts_at, each.ends_at, each.slot) for each in sessions])
        return True

    def activity(self, activity_id: str) -> Row | None:
        """With `next_at`, its next session."""
        return self.row("activity", activity_id=activity_id, now=self.now)

    def activities(self, libraries: Collection[str], *, after: After, limit: int, **filters: Any) -> list[Row]:
        """A page of what is not over at `not_over_at`, soonest start first, and one row more."""
        asked = {"libraries": list(libraries), "now": self.now, "limit": limit + 1} | _after(after)
        return self.rows("activities", **asked, **filters)

    def sessions(self, activity_id: str) -> list[Row]:
        return self.rows("sessions", activity_id=activity_id)

    # Lines and places: lock the lines first

    def lock(self, lines: Collection[Line]) -> None:
        """Nobody else gives or takes places in these lines until this transaction ends."""
        asked = rows.columns(lines)
        if len(self.rows("lock_lines", **asked)) < len(lines):
            self.write("add_lines", **asked)
            self.rows("lock_lines", **asked)

    def openings(self, lines: Collection[Line]) -> list[Opening]:
        """What can still be joined there, with its free places."""
        return [rows.opening_of(row) for row in self.rows("openings", **rows.columns(lines), now=self.now)]

    def seats(self, needs: Collection[Need]) -> list[Seat]:
        """Places that the holders of these needs have already, in the same lines."""
        return [rows.seat_of(row) for row in self.rows("seats", **rows.holder_columns(needs), now=self.now)]

    def known_needs(self, need_ids: Sequence[str]) -> dict[str, Row]:
        """State and place number of those of these needs that were taken in before."""
        return {row["need_id"]: row for row in self.rows("known_needs", need_ids=need_ids)}

    def lines_of_referrals(self, referral_ids: Sequence[str]) -> set[Line]:
        """The lines that needs of these referrals belong to."""
        found = self.rows("lines_of_referrals", referral_ids=referral_ids)
        return {(row["library_id"], row["kind"]) for row in found}

    def needs_of_referrals(self, referral_ids: Sequence[str]) -> list[Row]:
        """All their needs, whatever became of them."""
        return self.rows("needs_of_referrals", referral_ids=referral_ids)

    def change_facts(self, needs: Sequence[Need]) -> None:
        """What matching looks at, as it is known of these now."""
        self.write_values("change_facts", [rows.fact_row(need) for need in needs])

    def open_enrolments(self, need_ids: Sequence[str]) -> list[Row]:
        """Locked, with what events tell about them."""
        return self.rows("open_enrolments_of_needs", need_ids=need_ids)

    def leave(self, need_ids: Sequence[str], state: str) -> None:
        """`left` or `closed`: these are in no line and have no place any more."""
        self.run("leave", need_ids=need_ids, state=state)

    def needs_closed_before(self, before: datetime, put_off: Sequence[str], most: int) -> list[Row]:
        """Their ids; those that are put off are left out."""
        return self.rows("needs_closed_before", before=before, put_off=list(put_off), most=most)

    def forget_needs(self, need_ids: Sequence[str]) -> None:
        """For good, with the places that they had."""
        self.run("forget_needs", need_ids=need_ids)

    def companions(self, needs: Collection[Need]) -> list[InLine]:
        """Who stands in line and would share a place with one of these needs."""
        return [rows.in_line_of(row) for row in self.rows("in_line_of_holders", **rows.holder_columns(needs))]

    def in_lines(self, lines: Collection[Line]) -> list[InLine]:
        """Everyone without a place in these lines, in no order."""
        return [rows.in_line_of(row) for row in self.rows("in_lines", **rows.columns(lines))]

    def add_needs(self, needs: Sequence[NeedState]) -> None:
        self.write_values("add_needs", [rows.need_row(*each) for each in needs])

    def change_needs(self, needs: Sequence[NeedState]) -> None:
        """Needs in line about which is decided anew."""
        self.write_values("change_needs", [(need.need_id, state, list(reasons)) for need, state, reasons in needs])

    def give_places(self, placed: Sequence[Placed]) -> None:
        """Take the places and write the enrolments."""
        self.write_values("add_places", sorted({(each.activity_id, each.need.holder) for each in placed}))
        self.write_values("add_enrolments", [rows.enrolment_row(each, self.now) for each in placed])

    def positions(self, needs: Collection[Need]) -> dict[str, int]:
        """Where these waiting needs stand in their lines, from 1."""
        if not needs:
            return {}
        asked = rows.columns({need.line for need in needs})
        found = self.rows("positions", **asked, need_ids=[need.need_id for need in needs])
        return {row["need_id"]: row["position"] for row in found}

    def lines_of(self, enrolment_ids: Sequence[str]) -> set[Line]:
        """The lines that these enrolments belong to."""
        found = self.rows("lines_of_enrolments", enrolment_ids=enrolment_ids)
        return {(row["library_id"], row["kind"]) for row in found}

    def enrolments_to_change(self, enrolment_ids: Sequence[str]) -> dict[str, Row]:
        """Locked, by id, with what events tell about them. Unknown ones are left out."""
        found = self.rows("enrolments_to_change", enrolment_ids=enrolment_ids)
        return {row["enrolment_id"]: row for row in found}

    def make_final(self, enrolments: Sequence[Row]) -> None:
        self.write("make_final", enrolment_ids=[row["enrolment_id"] for row in enrolments])

    def end(self, enrolments: Sequence[Row], reason: str) -> None:
        """End them and their needs; a place that nobody shares any more is free again."""
        self.write("end_enrolments", enrolment_ids=[row["enrolment_id"] for row in enrolments], reason=reason)
        activities, holders = [row["activity_id"] for row in enrolments], [row["holder"] for row in enrolments]
        self.write("free_places", activities=activities, holders=holders)

    # Before anybody is referred: nothing is locked

    def libraries_serving(self, municipality: str, kind: str, library_id: str | None) -> list[Row]:
        """Those that take this kind from there, or that one of them, in order of name."""
        return self.rows("libraries_serving", municipality=municipality, kind=kind, library_id=library_id)

    def what_is_open(self, lines: Collection[Line]) -> list[Opening]:
        """What can be joined there, with its free places, as of now."""
        return [rows.opening_of(row) for row in self.rows("what_is_open", **rows.columns(lines), now=self.now)]

    def paces(self, lines: Collection[Line], since: datetime) -> dict[str, Pace]:
        """How fast these lines went since a moment, by library."""
        found = self.rows("paces", **rows.columns(lines), since=since, most=MOST_COUNTED)
        return {row["library_id"]: Pace(row["waiting"], row["given"]) for row in found}

    # Lists for people

    def enrolments(self, libraries: Collection[str], *, after: After, limit: int, **filters: Any) -> list[Row]:
        """A page, oldest first, and one row more."""
        return self.rows("enrolments", libraries=list(libraries), **_after(after), limit=limit + 1, **filters)

    def waiting_list(self, libraries: Collection[str], *, kind: str | None, after: After, limit: int) -> list[Row]:
        """A page, first in line first, and one row more."""
        return self.rows("waiting_list", libraries=list(libraries), kind=kind, **_after(after), limit=limit + 1)


def _after(key: After) -> dict[str, Any]:
    after_time, after_id = key or (None, None)
    return {"after_time": after_time, "after_id": after_id}
