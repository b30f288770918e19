"""The one form of an id: a UUID as canonical lower-case text. Claims of tokens may hold anything in its place."""

from __future__ import annotations

import re
from typing import Final

PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_ID: Final = re.compile(PATTERN)


def is_id(text: str) -> bool:
    """Whether this can be an id of ours: what is none belongs to nobody, and no database has to be asked."""
    return _ID.fullmatch(text) is not None
