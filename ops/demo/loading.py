"""Registers the demo's libraries and partners and plans what the libraries offer. Doing it again changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final

from infra.demo.data import Demo
from ops.api import Answered, Api, NotAllowed
from ops.demo.memory import Memory
from ops.place import Place
from ops.tokens import staff_token
from ops.trouble import Trouble

AT_ONCE: Final = 4
"""Libraries whose staff work at the same time."""
_HEARD_WITHIN: Final = 30.0
"""Seconds in which activities must have heard of a new library."""


class Loader:
    """Loads the demo's data by the same APIs that everybody uses, with tokens of operations and of coordinators."""

    def __init__(self, at: Place, demo: Demo, memory: Memory) -> None:
        self._at = at
        self._demo = demo
        self._memory = memory
        self._intake = Api(at.url("intake"), lambda: staff_token(at, role="operations"))

    def needed(self) -> bool:
        """Is something of it not there yet?"""
        known = {library["libraryId"] for library in self._intake.pages("/libraries")}
        if not known:
            self._memory.forget()
        kept = self._at.partners
        return any(library.library_id not in known for library in self._demo.libraries) or any(
            partner.partner_id not in kept for partner in self._demo.partners
        )

    def load(self) -> Iterator[str]:
        """Do it; says each step that was done."""
        for library in self._demo.libraries:
            self._intake.post("/libraries", library.payload())
        yield f"{len(self._demo.libraries)} libraries are registered"
        for partner in self._demo.partners:
            self._register(partner.partner_id, partner.payload())
        yield f"{len(self._demo.partners)} partners are registered"
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._plan, [library.library_id for library in self._demo.libraries]))
        yield f"{len(self._demo.programmes)} programmes with {len(self._demo.activities)} activities are planned"

    def _register(self, partner_id: str, payload: dict[str, object]) -> None:
        answer = self._intake.post("/partners", payload)
        if "clientSecret" not in answer and partner_id not in self._at.partners:
            answer = self._intake.post(f"/partners/{partner_id}/secrets")
        if "clientSecret" in answer:
            self._at.keep_partner(partner_id, clientId=answer["clientId"], clientSecret=answer["clientSecret"])

    def _plan(self, library_id: str) -> None:
        activities = Api(
            self._at.url("activities"), lambda: staff_token(self._at, role="coordinator", library=library_id)
        )
        programmes = {one.programme_id: one for one in self._demo.programmes if one.library_id == library_id}
        for programme in programmes.values():
            _once_heard(activities, "/programmes", programme.payload())
        for activity in self._demo.activities:
            if activity.programme_id in programmes:
                _unless_planned(activities, activity.payload())


def _once_heard(activities: Api, path: str, payload: dict[str, object]) -> None:
    """Activities hears of a new library by an event, a moment after intake answered."""
    deadline = time.monotonic() + _HEARD_WITHIN
    while True:
        try:
            activities.post(path, payload)
            return
        except (Answered, NotAllowed) as problem:
            if time.monotonic() > deadline:
                raise Trouble(f"Activities did not hear of the library in time: {problem}") from problem
            time.sleep(0.2)


def _unless_planned(activities: Api, payload: dict[str, object]) -> None:
    """Plan an activity. One that a start on another day planned has that day's dates, and keeps them."""
    try:
        activities.post("/activities", payload)
    except Answered as problem:
        if problem.status != HTTPStatus.CONFLICT:
            raise
        activities.get(f"/activities/{payload['activityId']}")
