"""`docs/reference/speed.md`, made from one run."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.table import Rounds, by_process, compared
from bench.turn import Amount, Figures
from infra.local.installation import ROOT

PAGE: Final = ROOT / "docs" / "reference" / "speed.md"
_TEXT: Final = """\
# Speed

Written by `make speed` from a run on {day}: {rounds} rounds in which both sides take turns, so that what befalls the
machine befalls both. Ratios are made per round; the table gives their median and span, and the medians of each side.
Figures of a shared machine are worth little by themselves: read the ratios.

{machine}

What is measured, and what the plain pipeline lacks, is in [bench/README.md](../../bench/README.md); what was mended
because of it, in [ADR 0019](../adr/0019-measured-against-a-plain-pipeline.md). `make bench` repeats the comparison in
some minutes.

## Meedoen beside a plain nameko pipeline

{full} referrals as fast as 16 clients can push them, then {steady} at 50 per second, each due at its moment whatever
became of those before it. Meedoen runs with everything on and its default settings (but for `RATE_LIMIT`, as one
partner refers everyone here): four services, four relays, tokens, sealing, idempotency, outbox and inbox, logs,
metrics, mail. The plain pipeline has the same schemas, rules, token check and mails, dispatches its events after the
commit, and commits each event by itself.

{comparison}

{processes}
"""
_GROWTH: Final = """
## Growth

The same for Meedoen with one thousand and with three hundred thousand referrals in the four databases, with all that
belongs to them ({growth_rounds} rounds).

{growth}
"""


def write(rounds: Rounds, growth: Rounds, amount: Amount, versions: Mapping[str, str]) -> None:
    """Write the page. `versions` are those of the servers, by name."""
    text = _TEXT.format(
        day=datetime.now(UTC).date().isoformat(),
        rounds=len(rounds),
        machine=_machine(versions, [side for sides in rounds for side in sides]),
        full=amount.full,
        steady=amount.steady,
        comparison=compared("plain", "Meedoen", rounds),
        processes=by_process("Meedoen", [after for _, after in rounds])
        + "\n\n"
        + by_process("plain", [before for before, _ in rounds]),
    )
    if growth:
        text += _GROWTH.format(growth_rounds=len(growth), growth=compared("1,000", "300,000", growth))
    PAGE.write_text(text, encoding="utf-8")


def _machine(versions: Mapping[str, str], turns: Sequence[Figures]) -> str:
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    servers = ", ".join(f"{name} {version}" for name, version in versions.items())
    generator = max(turn.generator for turn in turns)
    return (
        f"Machine: {os.cpu_count()} cores ({processor[1].strip() if processor else platform.machine()}), "
        f"{memory:.0f} GB, shared with other work; Linux; Python {platform.python_version()}, {servers}. "
        f"The load generator used at most {generator:.0%} of one core."
    )
