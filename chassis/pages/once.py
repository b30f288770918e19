"""What a page shows once, and never again: a secret that was just made.

It travels to that page sealed in a cookie of its own, so its address holds nothing, no database keeps it readable, and
neither the back button nor the history of the browser brings it again: the page takes the cookie away as it shows it.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any, Final

from chassis.pages.call import PageCall

LIVES_SECONDS: Final = 300.0
"""So long the browser has for the way to the page that shows it."""


def keep(call: PageCall, name: str, facts: dict[str, Any]) -> None:
    """Have the next page that asks for this name show these facts, to who is signed in now."""
    assert call.session is not None
    sealed = call.visits.seals.seal(_purpose(name), {"session": call.session.id, "at": time.time(), "facts": facts})
    call.cookies.append(call.visits.cookies.write(_cookie(name), sealed, int(LIVES_SECONDS)))


def take(call: PageCall, name: str) -> dict[str, Any] | None:
    """The facts, and the cookie goes; None when they were shown before, are too old, or are somebody else's."""
    cookie = call.visits.cookies.named(_cookie(name))
    if cookie not in call.sent_cookies:
        return None
    call.cookies.append(call.visits.cookies.clear(_cookie(name)))
    kept = call.visits.seals.open(_purpose(name), call.sent_cookies[cookie])
    if kept is None or call.session is None or kept["session"] != call.session.id:
        return None
    facts: dict[str, Any] = kept["facts"]
    return facts if 0 <= time.time() - kept["at"] <= LIVES_SECONDS else None


def _purpose(name: str) -> str:
    return f"once-{name}"


def _cookie(name: str) -> str:
    return f"meedoen-once-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
