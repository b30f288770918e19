"""How a client behaves while containers come and go: it tries again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from ops.trouble import Trouble

T = TypeVar("T")
_PAUSE: Final = 0.5


def persistently(act: Callable[[], T], seconds: float = 600.0) -> T:
    """Do it until it works; what can be done twice without harm alone. Raises the last Trouble after these seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return act()
        except Trouble:
            if time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE)
