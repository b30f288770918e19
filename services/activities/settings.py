"""What activities is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from chassis import parsers
from chassis.settings import setting


@dataclass(frozen=True)
class RetentionSettings:
    """How long what is over is kept."""

    need_days: int = setting("NEED_DAYS", parsers.whole(1, 3650), default=400)

    @property
    def needs(self) -> timedelta:
        """How long a need is known, with the places that it had, after it was closed."""
        return timedelta(days=self.need_days)
