"""Settings of the inbox."""

from __future__ import annotations

from dataclasses import dataclass

from chassis import parsers
from chassis.settings import KeepingSettings, setting


@dataclass(frozen=True)
class InboxSettings(KeepingSettings):
    """How events are taken. Times are seconds, unless the variable says days.

    `retry_attempts` counts the first attempt too; `crash_attempts` counts those after the second delivery in vain.
    """

    batch: int = setting("INBOX_BATCH", parsers.whole(1, 2000), default=100)
    retry_attempts: int = setting("INBOX_RETRY_ATTEMPTS", parsers.whole(1, 1000), default=12)
    retry_base: float = setting("INBOX_RETRY_BASE", parsers.seconds, default=1.0)
    retry_cap: float = setting("INBOX_RETRY_CAP", parsers.seconds, default=600.0)
    crash_attempts: int = setting("INBOX_CRASH_ATTEMPTS", parsers.whole(1, 100), default=5)
