"""How a client behaves while containers come and go: it tries again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from ops.trouble import Trouble

T = TypeVar("T")
_PAUSE: Final = 0.5


def _in_silence(_: str) -> None:
    """Say nothing of what did not work at first."""


def persistently(act: Callable[[], T], seconds: float = 600.0, tell: Callable[[str], None] = _in_silence) -> T:
    """Do it until it works; what can be done twice without harm alone. Raises the last Trouble after these seconds.

    `tell` hears each reason why it did not work, once as long as it stays the same.
    """
    deadline = time.monotonic() + seconds
    told = ""
    while True:
        try:
            return act()
        except Trouble as problem:
            if time.monotonic() > deadline:
                raise
            if str(problem) != told:
                told = str(problem)
                tell(f"not yet: {told}")
        time.sleep(_PAUSE)
