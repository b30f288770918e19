"""The accounts see what is wrong: each test takes something away or adds it, behind everybody's back.

Its name has it run after the faults, as the platform is not whole afterwards.
"""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest

from infra.local.processes import until
from tests.faults.harness.accounts import Account, settle_accounts
from tests.faults.harness.load import Load
from tests.faults.harness.stage import Stage
from tests.faults.harness.watch import flows_again


class Done:
    """A short load that went through undisturbed."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.since = datetime.now(UTC)
        with Load(stage.at.url("intake"), stage.token, Random(f"accounts {self.since}"), rate=10, most=6) as self.load:
            self.load.reaches(6)
            self.load.finish()
        for one in self.load.sent:
            assert until(lambda one=one: flows_again(stage, self.load, one.sent_at, 60), 60)  # type: ignore[misc]
        assert until(lambda: not self._mails(), 60), "a mail is neither delivered nor given up"
        assert until(lambda: self.account().clean, 60), self.account()
        self.ids = [one.referral_id for one in self.load.acknowledged]

    def _mails(self) -> int:
        """How many wait: what is told when they are delivered would come in between."""
        return int(self.stage.ask("notifications", "select count(*) as n from mail where status = 'waiting'")[0]["n"])

    def account(self) -> Account:
        return settle_accounts(self.stage, self.load, self.since)

    def after(self, service: str, change: str) -> Account:
        """The accounts with this change."""
        with self.stage.database(service).connection() as connection, connection.cursor() as cursor:
            cursor.execute(change, {"ids": self.ids})
            assert cursor.rowcount > 0
            connection.commit()
        return self.account()


@pytest.fixture(scope="module")
def done(stage: Stage) -> Done:
    """One load for all of these tests."""
    stage.is_well()
    return Done(stage)


def test_they_are_clean_when_nothing_happened(done: Done) -> None:
    account = done.account()
    assert account.clean
    assert account.ok == account.acknowledged == account.attempted == 6


@pytest.mark.parametrize(
    ("service", "change", "what"),
    [
        ("notifications", "delete from notice where notice_id = (select notice_id from notice where code = "
         "'referral-accepted' and referral_id = any(%(ids)s::uuid[]) limit 1)", "no library was told"),
        ("reporting", "delete from counted where referral_id = (%(ids)s::uuid[])[2]", "is not counted"),
        ("activities", "delete from chassis.inbox where event_time = (select max(event_time) from chassis.inbox)",
         "did not hear"),
    ],
)  # fmt: skip
def test_they_see_what_is_lost(done: Done, service: str, change: str, what: str) -> None:
    account = done.after(service, change)
    assert any(what in line for line in account.lost), account


@pytest.mark.parametrize(
    ("service", "change", "what"),
    [
        ("notifications", "insert into notice select gen_random_uuid(), library_id, code, gen_random_uuid(), at, "
         "heard_at, referral_id, need_id, enrolment_id, referral_file_id, partner_id, facts, 'none', null, null "
         "from notice where referral_id = (%(ids)s::uuid[])[3] and code = 'referral-accepted'", "was told 2 times"),
        ("reporting", "update cell set needs_placed = needs_placed + 1 where kind = 'any'", "needs are counted of"),
    ],
)  # fmt: skip
def test_they_see_what_is_there_twice(done: Done, service: str, change: str, what: str) -> None:
    account = done.after(service, change)
    assert any(what in line for line in account.duplicated), account


def test_they_see_a_gap_in_a_sequence_and_what_nobody_told(done: Done) -> None:
    account = done.after("intake", "update chassis.stream_head set last_sequence = last_sequence + 1 "
                         "where subject = 'referral/' || (%(ids)s::uuid[])[4]")  # fmt: skip
    assert any("the last is not there" in line for line in account.unexpected)
    stranger = "insert into chassis.inbox (event_id, event_time) values (gen_random_uuid(), now())"
    account = done.after("reporting", stranger)
    assert any("which nobody told it" in line for line in account.unexpected)
