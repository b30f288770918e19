"""A run of many faults with several rounds each: on one platform after another, shown as it goes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from traceback import format_exception
from typing import Final

import httpx
import psycopg2
from pika.exceptions import AMQPError

from infra.local.installation import ROOT
from infra.local.state import ServerFailed
from ops.console import err, table
from ops.progress import Progress
from ops.trouble import Trouble
from tests.faults.harness.accounts import Account
from tests.faults.harness.fault import Apart, Fault
from tests.faults.harness.results import COLUMNS, RECOVERY_S, Result, keep
from tests.faults.harness.rounds import Pace, play
from tests.faults.harness.setting import setting
from tests.faults.harness.stage import Stage, stage

VAR: Final = ROOT / "var" / "faults"
_PACE: Final = Pace()
_MOST_REFERRALS: Final = 4000
"""A platform with more than these is replaced: what is measured is the fault, not the growth."""


class Season:
    """`rounds` of each fault; round n of a fault has seed `seed` + n."""

    def __init__(self, rounds: int, seed: int) -> None:
        self._rounds = rounds
        self._seed = seed
        self._progress = Progress()
        self._left: list[type[Fault]] = []

    def play(self, faults: Sequence[type[Fault]], *, write: bool) -> bool:
        """Play them all; whether all passed. Each result is kept as soon as it is there, when asked to `write`."""
        self._left = list(faults)
        results: list[Result] = []
        while self._left:
            with self._platform(self._left[0].broker_nodes) as found:
                for result in self._play_on(found):
                    results.append(result)
                    if write:
                        keep([result])
        table("Faults", COLUMNS, [result.row() for result in results], numbers=range(2, 9))
        return all(result.passed for result in results)

    @contextmanager
    def _platform(self, broker_nodes: int) -> Iterator[Stage]:
        var = VAR / datetime.now(UTC).strftime("%H%M%S")
        self._progress.step(f"a platform starts in {var.relative_to(ROOT)}")
        with stage(var, broker_nodes) as found:
            yield found
        if not (var / "failed").exists():
            shutil.rmtree(var)

    def _play_on(self, found: Stage) -> Iterator[Result]:
        """Until all are played, the platform is full or another is needed, or a round failed on it."""
        nodes = self._left[0].broker_nodes
        while self._left and self._left[0].broker_nodes == nodes and len(found.acknowledged) < _MOST_REFERRALS:
            fault = self._left.pop(0)
            accounts, seeds = [], [self._seed + turn for turn in range(1 if fault.once else self._rounds)]
            for turn, seed in enumerate(seeds):
                accounts.append(self._round(fault, found, seed, turn))
                if not accounts[-1].clean:
                    break
            yield Result.of(fault, accounts, seeds[: len(accounts)], setting(found, _PACE))
            if not accounts[-1].clean:
                (found.var / "failed").touch()
                return
            if fault.spoils:
                return

    def _round(self, fault: type[Fault], found: Stage, seed: int, turn: int) -> Account:
        name = f"{fault.number:2} {fault.name} {turn + 1}/{self._rounds}"
        begun = time.monotonic()
        with err.status(name) as status:
            account = _played(fault, found, seed, turn, lambda what: status.update(f"{name} {what}"))
        back = f"{account.recovered_s:.1f} s" if account.recovered_s is not None else "never"
        late = not issubclass(fault, Apart) and (account.recovered_s is None or account.recovered_s > RECOVERY_S)
        verdict = "[red]fails[/]" if not account.clean else "[yellow]late[/]" if late else "[green]passes[/]"
        facts = f"{account.ok}/{account.acknowledged}/{account.attempted} ok, again {account.redelivered}"
        facts += "" if issubclass(fault, Apart) else f", back {back}"
        problems = [*account.lost, *account.duplicated, *account.unexpected][:20]
        took = time.monotonic() - begun
        self._progress.step("\n".join([f"{name} (seed {seed}, {took:.0f} s) {verdict}: {facts}", *problems]))
        return account


def _played(fault: type[Fault], found: Stage, seed: int, turn: int, say: Callable[[str], None]) -> Account:
    """A round that cannot be played to its end has failed, and the others go on."""
    try:
        return play(fault, found, seed, turn, _PACE, say)
    except (AssertionError, Trouble, ServerFailed, psycopg2.Error, httpx.HTTPError, AMQPError) as problem:
        (found.var / "failed").write_text("".join(format_exception(problem)), encoding="utf-8")
        return Account(unexpected=[f"the round was not played to its end: {type(problem).__name__}: {problem}"])
