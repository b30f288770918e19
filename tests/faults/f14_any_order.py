"""14. All that was told comes again: duplicated, in random order, to services that know nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any, Final

from chassis.testing import Harness
from contracts.catalogue import SERVICES
from contracts.envelope import Event, parse
from infra.local.processes import until
from ops.commands.audit import audited
from tests.faults.harness.accounts import Account
from tests.faults.harness.fault import Apart
from tests.faults.harness.load import Load
from tests.faults.harness.stage import Stage
from tests.faults.harness.world import FULL
from tests.support.histories import HEARERS, copy_offer, newborn, play_again, state_of

_REFERRALS: Final = 300
_TOLD: Final = "select id, body, time from published where published_at < %(until)s"
_QUIET_S: Final = 120.0


class AnyOrder(Apart):
    """The state that activities, notifications and reporting come to is that of the platform, which heard it once.

    The order of each referral is kept, as delivery promises; referrals and publishers come in any order.
    """

    number = 14
    name = "any-order"
    what = "a platform's whole history told again to fresh services, a half of it twice, interleaved at random"

    def play(self, say: Callable[[str], None]) -> Account:
        account = Account()
        say("makes a history")
        make_history(self.stage, self.chance)
        told = history(self.stage)
        for service in HEARERS:
            say(f"tells {service}")
            heard, repeated, differs = told_again(self.stage, service, told, self.chance)
            account.attempted += heard
            account.acknowledged += heard
            account.redelivered += repeated
            account.unexpected += differs
        return account


def make_history(stage: Stage, chance: Random, referrals: int = _REFERRALS) -> None:
    """See that so many referrals went through, by whomever, and that nothing is on its way."""
    if len(stage.acknowledged) < referrals:
        with Load(stage.at.url("intake"), stage.token, chance, rate=12.0) as load:
            load.reaches(referrals)
            load.finish()
        stage.acknowledged |= {one.referral_id or "" for one in load.acknowledged}
    mails = "select count(*) = 0 as gone from mail where status = 'waiting'"
    assert until(lambda: bool(stage.ask("notifications", mails)[0]["gone"]), _QUIET_S, every=0.5)
    assert audited(stage.target, _QUIET_S).findings == []


def history(stage: Stage) -> list[Event]:
    """Every event that was told, in the order of telling."""
    now = datetime.now(UTC)
    rows = [(row["time"], row["id"], row["body"]) for by in SERVICES for row in stage.ask(by, _TOLD, until=now)]
    return [parse(body.encode()) for _, _, body in sorted(rows)]


def named(harness: Harness) -> Callable[..., list[dict[str, Any]]]:
    """Queries with named values, asked of the database of a harness."""

    def ask(sql: str, **values: Any) -> list[dict[str, Any]]:
        with harness.database.connection() as connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return ask


def told_again(stage: Stage, service: str, told: Sequence[Event], chance: Random) -> tuple[int, int, list[str]]:
    """How many events the service heard anew, how many came again, and in what it differs from the one that runs."""
    settings = stage.at.environment(service)
    with newborn(service, stage.postgres.databases, settings) as harness:
        if service == "activities":
            with closing(stage.database(service).dedicated()) as origin:
                copy_offer(origin, harness)
        heard, repeated = play_again(harness, service, told, chance)
        there = state_of(service, partial(stage.ask, service), [FULL])
        here = state_of(service, named(harness), [FULL])
    differs = []
    for what, rows in there.items():
        missing, more = sorted(set(rows) - set(here[what])), sorted(set(here[what]) - set(rows))
        if missing or more or len(rows) != len(here[what]):
            differs.append(f"{service}, {what}: {len(missing)} of {len(rows)} missing {missing[:3]}, more: {more[:3]}")
    return heard, repeated, differs
