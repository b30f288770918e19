"""The page about faults says what the data beside it say, and a fault passes only when nothing at all is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.catalogue import FAULTS, chosen
from tests.faults.harness.accounts import Account
from tests.faults.harness.results import PAGE, Result, kept, page

GOOD = Account(attempted=9, acknowledged=9, redelivered=2, recovered_s=3.04)


def result(*accounts: Account) -> Result:
    return Result.of(FAULTS["broker-killed"], accounts, list(range(len(accounts))), "on a quiet day")


def test_the_page_is_made_of_the_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(kept())


def test_results_are_of_faults_that_there_are() -> None:
    assert {one.name for one in kept()} <= FAULTS.keys()


def test_rounds_are_summed_and_their_extremes_shown() -> None:
    found = result(GOOD, replace(GOOD, redelivered=7, recovered_s=5.0))
    assert found.passed
    assert found.row()[2:] == ["2", "18", "18", "18", "0", "0", "0", "2–7", "4.0 (5.0)", "pass"]


@pytest.mark.parametrize(
    "account",
    [
        replace(GOOD, lost=["a notice"]),
        replace(GOOD, duplicated=["a place"]),
        replace(GOOD, unexpected=["something parked"]),
        replace(GOOD, recovered_s=15.1),
        replace(GOOD, recovered_s=None),
    ],
)
def test_one_bad_round_fails_a_fault(account: Account) -> None:
    found = result(GOOD, account)
    assert not found.passed
    assert found.row()[-1] == "**fail**"


def test_what_is_wrong_with_a_referral_counts_once() -> None:
    account = Account(attempted=3, acknowledged=3)
    account.missing("it is not counted", {"one"})
    account.missing("no library was told", {"one"})
    account.twice("it has two places", {"two"})
    assert (account.ok, len(account.lost), len(account.duplicated), account.clean) == (1, 2, 1, False)


def test_faults_are_chosen_by_name_or_number() -> None:
    assert chosen([]) == list(FAULTS.values())
    assert [one.number for one in chosen(["4", "poison"])] == [4, 4, 8]
    with pytest.raises(LookupError, match="no fault is called thunder"):
        chosen(["thunder"])
