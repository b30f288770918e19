"""Places where a test can have the process killed, to prove that nothing is lost there.

`FAILPOINT=relay-after-publish` kills at the first passage, `FAILPOINT=relay-after-publish:3` at the third; several are
separated by commas. Not set, as in every installation, a failpoint costs one look at an empty dictionary.
"""

from __future__ import annotations

import os
import signal

_passages_left: dict[str, int] = {}


def _read(text: str) -> dict[str, int]:
    wanted = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, passage = part.partition(":")
        wanted[name] = int(passage or 1)
    return wanted


_passages_left.update(_read(os.environ.get("FAILPOINT", "")))


def is_armed(name: str) -> bool:
    """Whether a test asked for it here: what is otherwise done in one step may be done in two around it."""
    return name in _passages_left


def failpoint(name: str) -> None:
    """Kill the own process with SIGKILL, as no handler or `finally` can soften, if a test asked for it here."""
    if name not in _passages_left:
        return
    _passages_left[name] -= 1
    if _passages_left[name] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
