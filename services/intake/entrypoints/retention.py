"""Timers that let go what is kept for a time only and belongs to no referral."""

from __future__ import annotations

from typing import Final

from chassis.timers import every
from services.intake.settings import RetentionSettings
from services.intake.store import IntakeStore

_MOST: Final = 1000


class Retention:
    """The processing log, and what is known of files."""

    store: IntakeStore
    retention: RetentionSettings

    @every(seconds=3600, name="forget-looks")
    def forget_looks(self) -> bool:
        """Lines of the processing log that nobody can ask for any more go."""
        return self.store.forget_looks(self.retention.looks, _MOST) == _MOST

    @every(seconds=3600, name="forget-files")
    def forget_files(self) -> bool:
        """What was wrong in the rows of a file goes, and what it was called; how many rows became what stays."""
        return self.store.forget_files(self.retention.file_results, _MOST)
