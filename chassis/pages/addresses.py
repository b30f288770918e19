"""Addresses to go on to that came from outside: they may not leave this origin."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from contracts.pages import SIGN_IN_SERVICE

_WITHIN: Final = re.compile(r"/(?![/\\])[!-\[\]-~]{0,1999}")
"""Begins with one slash; visible ASCII without backslash, which browsers take for a slash."""


def within(address: str | None, otherwise: str) -> str:
    """The address when it is a path of this origin, else the other one."""
    return address if address and _WITHIN.fullmatch(address) else otherwise


def sign_in(following: str) -> str:
    """Where one signs in, to go on to this address afterwards."""
    return f"/{SIGN_IN_SERVICE}/sign-in?next={quote(following, safe='')}"


def confirmation(following: str) -> str:
    """Where it is asked whether a session still counts, to come back to this address."""
    return f"/{SIGN_IN_SERVICE}/session?next={quote(following, safe='')}"
