"""What a mail server's answer means for a mail, and when to try again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Delivered:
    """The server took responsibility for the mail."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """This mail could not be taken now; `error` is a code of ours, for the operator."""

    error: str


@dataclass(frozen=True, slots=True)
class Never:
    """This mail will not be taken however often it is tried; `reason` is one of contracts.notifications.FAILURES."""

    reason: str
    error: str


@dataclass(frozen=True, slots=True)
class ServerAway:
    """Nothing can be sent through this server now, whichever mail; it need not be this mail's doing."""

    error: str


Verdict: TypeAlias = Delivered | NotNow | Never | ServerAway


def verdict_on(stage: str, code: int) -> Verdict:
    """What a reply code (RFC 5321, section 4.2) means at a stage: `connect`, `sender`, `recipient` or `data`.

    A refused sender, sign-in or greeting is about us, not about one mail: it stops all until somebody mends it. 421
    closes the connection, at any stage.
    """
    error = f"{stage}-{code}"
    if 200 <= code < 400:
        return Delivered()
    if code == 421 or stage in ("connect", "sender"):
        return ServerAway(error)
    if code < 500:
        return NotNow(error)
    return Never("address-refused" if stage == "recipient" else "message-refused", error)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on: waits in seconds double from `first` to `most`; after `attempts` it is over."""

    first: float
    most: float
    attempts: int

    def wait(self, attempt: int, chance: float | None = None) -> float:
        """Seconds before the next attempt, after this one (from 1), a quarter either way.

        `chance` (0 to 1) decides which; by default it is drawn, so that mails that failed together spread.
        """
        drawn = random.random() if chance is None else chance  # noqa: S311 (spreads load, guards nothing)
        doubled: float = self.first * 2.0 ** min(attempt - 1, 40)
        return min(self.most, doubled) * (0.75 + 0.5 * drawn)

    def is_over(self, attempt: int) -> bool:
        """Whether this attempt (from 1) was the last."""
        return attempt >= self.attempts
