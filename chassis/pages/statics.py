"""The stylesheet and the script: named by what they hold, so that browsers may keep them for a year."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent / "static"
FOREVER: Final = "public, max-age=31536000, immutable"
FOR_NOW: Final = "public, no-cache"


@cache
def static(name: str) -> tuple[bytes, str, str]:
    """Bytes, digest and media type of a file. Raises KeyError for a name that is not one of ours."""
    if name not in {path.name for path in _HERE.iterdir()}:
        raise KeyError(name)
    content = (_HERE / name).read_bytes()
    return (
        content,
        hashlib.sha256(content).hexdigest()[:16],
        mimetypes.guess_type(name)[0] or "application/octet-stream",
    )
