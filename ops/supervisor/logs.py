"""Keeps the logs of the supervised programs from filling the disk."""

from __future__ import annotations

import shutil
from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
KEPT = 3


def rotate(log: Path, max_bytes: int = MAX_BYTES) -> bool:
    """Move what a log holds to `log.1` (and that to `log.2` …) once it is too long; was it?

    The programs keep the file open, appending, so it is copied and emptied: they go on and need not be told. The few
    lines that are written between the two are lost, which a log can bear.
    """
    if not log.exists() or log.stat().st_size <= max_bytes:
        return False
    for number in range(KEPT - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    with log.open("r+b") as file:
        file.truncate(0)
    return True


def last_lines(log: Path, count: int = 5) -> list[str]:
    """The end of a log, for a message to its owner."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
