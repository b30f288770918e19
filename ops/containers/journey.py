"""The partners' files on their way through an installation whose containers come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ops.api import Api
from ops.containers.persisting import persistently
from ops.demo.coordinating import answer_some
from ops.demo.loading import Loader
from ops.demo.memory import Memory
from ops.demo.pushing import Pushed, push
from ops.demo.watching import Watch
from ops.place import Place
from ops.progress import Progress
from ops.tokens import demo, staff_token
from ops.trouble import Trouble

_FILES_WITHIN: Final = 900.0
_DRAINED_WITHIN: Final = 300.0


class Journey:
    """Loads the demo, pushes its files, lets coordinators answer. Each step is one that a client may repeat."""

    def __init__(self, place: Place, keeps: Path, progress: Progress) -> None:
        self._place = place
        self._memory = Memory(keeps)
        self._progress = progress
        self._reporting = Api(place.url("reporting"), lambda: staff_token(place, role="report-reader"))
        self._totals = Api(place.url("reporting"), lambda: staff_token(place, role="operations"))
        self._notifications = Api(place.url("notifications"), lambda: staff_token(place, role="operations"))
        self.files: Sequence[Pushed] = ()

    def load(self) -> None:
        """Register libraries and partners, and plan the offer."""
        for line in Loader(self._place, demo(), self._memory).load():
            self._progress.step(line)

    def push(self) -> None:
        """Each partner pushes its file, and again where no answer came: the Idempotency-Key makes that one push."""
        self.files = persistently(lambda: list(push(self._place, demo(), self._memory)))
        for file in self.files:
            self._progress.step(f"{file.partner.name} pushed {file.name}")

    def follow(self, goes_on: Callable[[], bool]) -> None:
        """Until every row is taken in; then coordinators record answers, again and again for as long as it goes on."""
        self._watch(lambda: all(file.done for file in self.files), _FILES_WITHIN, "The files were not taken in")
        said = Counter[str]()
        while True:
            said += persistently(lambda: answer_some(self._place, demo()))
            if not goes_on():
                break
        self._progress.step(f"coordinators recorded {said['agreed']} times yes, {said['declined']} times no")

    def settle(self, referrals: int) -> None:
        """Until so many are counted beside the files, every need has a place, a turn or a reason, and no mail waits."""
        self._watch(lambda: self._settled(referrals), _DRAINED_WITHIN, "Not every need found its way")

    @property
    def taken_in(self) -> int:
        """Rows of the files that became referrals."""
        return sum(file.facts["takenIn"] for file in self.files)

    def _watch(self, true: Callable[[], bool], seconds: float, otherwise: str) -> None:
        with Watch(self._reporting, self.files, self._progress) as watch:
            if not persistently(lambda: watch.until(true, seconds), seconds):
                raise Trouble(f"{otherwise} within {seconds:.0f} seconds.")

    def _settled(self, referrals: int) -> bool:
        totals = self._totals.get("/totals")
        counted = totals["allCounted"] and totals["referrals"]["received"] >= self.taken_in + referrals
        waiting = self._notifications.get("/mails", status="waiting", limit=1)["items"]
        return bool(counted and totals["needs"]["matching"] == 0 and not waiting)
