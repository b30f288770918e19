"""What processes cost, as Linux counts it in /proc: processor time and memory, of whole families."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from infra.local.processes import children

_TICK: Final = os.sysconf("SC_CLK_TCK")


def family(pids: Iterable[int]) -> list[int]:
    """These processes and all that they started, without repetition."""
    found = [member for pid in pids for member in (pid, *(child.pid for child in children(pid)))]
    return list(dict.fromkeys(found))


def processor_seconds(pid: int) -> float:
    """Processor time of one family so far, with that of its members that ended."""
    return sum(map(_seconds, family([pid])))


def _seconds(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICK
    return 0.0


def megabytes(pid: int) -> float:
    """Memory of one family: what is shared is divided among those who share it (PSS)."""
    return sum(map(_pss, family([pid]))) / 1024


def _pss(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
