"""One round: a load, a fault in the middle of it, and the accounts when all is quiet again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Final

from infra.local.processes import until
from ops.api import Unreachable
from ops.commands.audit import audited
from ops.finding import Finding
from tests.faults.harness.accounts import Account, settle_accounts
from tests.faults.harness.fault import Again, Apart, Fault
from tests.faults.harness.load import Load
from tests.faults.harness.meter import Meter
from tests.faults.harness.stage import Stage
from tests.faults.harness.watch import flows_again


@dataclass(frozen=True, slots=True)
class Pace:
    """`rate` in referrals a second; `before` are those that are acknowledged before the fault, `after` those after the
    flow is back. `recover_s` and `settle_s` only end a wait."""

    rate: float = 12.0
    before: int = 30
    after: int = 30
    recover_s: float = 90.0
    settle_s: float = 120.0


_MAIL_S: Final = 20.0
"""Seconds that mail may take; one whose process was killed at it waits longer than that, on purpose."""
BRIEF: Final = Pace(rate=8.0, before=6, after=4)
"""For the suite of tests."""


def play(kind: type[Fault], stage: Stage, seed: int, turn: int, pace: Pace, say: Callable[[str], None]) -> Account:
    """Play one round; `seed` repeats its chances, `turn` is its number among the rounds of this fault."""
    fault = kind(stage, Random(f"{kind.name} {seed}"), turn)
    say("prepares")
    if isinstance(fault, Apart):
        return fault.play(say)
    fault.prepare()
    stage.is_well()
    deaths = stage.restarts()
    since = fault.since = datetime.now(UTC)
    rate = fault.rate or pace.rate
    with Meter(stage.at) as meter, Load(stage.at.url("intake"), stage.token, fault.chance, rate=rate) as load:
        say("load")
        load.reaches(pace.before)
        say("strikes")
        fault.strike(load)
        gone_at = time.monotonic()
        say("recovers")
        recovered = flows_again(stage, load, gone_at, pace.recover_s)
        load.goes_on(pace.after)
        load.finish()
        ended = list(_deaths(fault, deaths, stage.restarts()))
        say("settles")
        fault.clean_up()
        stage.is_well()
        findings = _settled(stage, fault, pace.settle_s)
        account = settle_accounts(stage, load, since)
        account.redelivered = meter.again()
    account.recovered_s = recovered
    account.unexpected += [f"{one.service}: {one.what} {one.subject or ''}".strip() for one in findings]
    account.unexpected += fault.wrong(load)
    account.unexpected += ended
    account.unexpected += _again(fault, account)
    if recovered is None:
        account.unexpected.append(f"the flow was not back within {pace.recover_s} s")
    return account


def _settled(stage: Stage, fault: Fault, seconds: float) -> list[Finding]:
    """What the audit finds once nothing is on its way any more, and all mail is out that was not put off."""
    mails = "select count(*) = 0 as gone from mail where status = 'waiting' and (last_error is null or due_at <= now())"
    until(lambda: bool(stage.ask("notifications", mails)[0]["gone"]), _MAIL_S, every=0.5)
    try:
        report = audited(stage.target, seconds)
    except Unreachable as problem:
        return [Finding("audit", str(problem))]
    return [finding for finding in report.findings if not fault.foresees(finding)]


def _deaths(fault: Fault, before: dict[str, int], after: dict[str, int]) -> Iterator[str]:
    for name, count in after.items():
        if count > before[name] and name not in fault.victims:
            yield f"{name} ended {count - before[name]} times"


def _again(fault: Fault, account: Account) -> Iterator[str]:
    if fault.again is Again.MUST and not account.redelivered:
        yield "nothing came again, so the fault missed its moment"
    if fault.again is Again.NEVER and account.redelivered:
        yield f"{account.redelivered} events came again, and none had to"
