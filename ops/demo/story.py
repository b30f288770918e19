"""The demo from its first step to its last, on an installation that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from infra.local.installation import Installation
from ops.api import Api
from ops.auditing import Report
from ops.commands.audit import audited
from ops.demo import results
from ops.demo.coordinating import answer_some
from ops.demo.loading import Loader
from ops.demo.memory import Memory
from ops.demo.pushing import Pushed, push
from ops.demo.watching import Watch
from ops.progress import Progress
from ops.target import Target
from ops.tokens import demo, staff_token
from ops.trouble import Trouble

_FILES_WITHIN: Final = 300.0
_DRAINED_WITHIN: Final = 120.0
_ANSWERS_WITHIN: Final = 60.0


class Story:
    """One telling of it. `is_new` says whether anything was pushed that was not there before."""

    def __init__(self, var: Path, progress: Progress) -> None:
        self._at = Installation(var)
        self._target = Target({"MEEDOEN_VAR": str(var)})
        self._progress = progress
        self._memory = Memory(var)
        self._reporting = Api(self._at.url("reporting"), lambda: staff_token(self._at, role="report-reader"))
        self._totals = self._target.operations("reporting")
        self._notifications = self._target.operations("notifications")
        self._files: list[Pushed] = []

    def tell(self) -> None:
        """Load the data, push the files, let the coordinators answer; what was done before is not done again."""
        self._load()
        self._files = list(push(self._at, demo(), self._memory))
        for file in self._files:
            verb = "pushes" if file.is_new else "pushed before:"
            self._progress.step(f"{file.partner.name} {verb} {file.name}")
        if any(file.is_new for file in self._files) or not self._memory.answered:
            self._follow()

    def _load(self) -> None:
        loader = Loader(self._at, demo(), self._memory)
        if loader.needed():
            for line in loader.load():
                self._progress.step(line)

    def _follow(self) -> None:
        with Watch(self._reporting, self._files, self._progress) as watch:
            if not watch.until(lambda: all(file.done for file in self._files), _FILES_WITHIN):
                raise Trouble(f"The files were not taken in within {_FILES_WITHIN:.0f} seconds.")
            if not watch.until(self._settled, _DRAINED_WITHIN):
                raise Trouble(f"Not every need found its way within {_DRAINED_WITHIN:.0f} seconds.")
            if not self._memory.answered:
                said = answer_some(self._at, demo())
                self._memory.note_answered()
                self._progress.step(f"coordinators recorded {said['agreed']} times yes, {said['declined']} times no")
                watch.until(self._settled, _ANSWERS_WITHIN)

    def _settled(self) -> bool:
        """All referrals are counted, and no accepted need is without a place, a turn or a reason."""
        totals = self._totals.get("/totals")
        taken_in = sum(file.facts["takenIn"] for file in self._files)
        counted = totals["allCounted"] and totals["referrals"]["received"] >= taken_in
        return bool(counted and totals["needs"]["matching"] == 0 and not self._mails_wait())

    def _mails_wait(self) -> bool:
        return bool(self._notifications.get("/mails", status="waiting", limit=1)["items"])

    def show(self) -> None:
        """Print what became of it all."""
        results.problems(self._files)
        results.aggregates(self._reporting)
        results.mail(self._at.mail)

    def audit(self) -> Report:
        """Is everything where it must be?"""
        return audited(self._target, _DRAINED_WITHIN)
