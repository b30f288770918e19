"""The accounts of one round, as in the Jepsen tests of RabbitMQ: what clients were promised, against what is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from chassis.queries import Queries
from contracts.catalogue import CATALOGUE, SERVICES
from tests.faults.harness.load import Load
from tests.faults.harness.stage import Stage

_QUERIES = Queries.load(Path(__file__).with_name("accounts.sql"))
_HEARD_BY: Final = {row.event.type.rpartition(".v")[0]: row.heard_by for row in CATALOGUE.values()}
"""By type without its version: a later release may tell one that this does not know."""
_SETTLING: Final = frozenset({"place-held", "participant-enrolled", "participant-waitlisted", "need-unplaced"})
"""Notices that say what became of a need; nobody answers for participants here, so each need has one of them."""


@dataclass
class Account:
    """What became of a round. The lists say what is wrong, one entry for each thing; `wrong` are ids of referrals."""

    attempted: int = 0
    acknowledged: int = 0
    redelivered: int = 0
    recovered_s: float | None = None
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> int:
        """Acknowledged referrals with which nothing is wrong anywhere."""
        return self.acknowledged - len(self.wrong)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.unexpected)

    def missing(self, what: str, referrals: set[str] | None = None) -> None:
        self.lost.append(what)
        self.wrong |= referrals or set()

    def twice(self, what: str, referrals: set[str] | None = None) -> None:
        self.duplicated.append(what)
        self.wrong |= referrals or set()


def settle_accounts(stage: Stage, load: Load, since: datetime) -> Account:
    """Compare everything with everything; nothing may be on its way any more. `since` is the beginning of the round."""
    account = Account(len(load.sent), len(load.acknowledged))
    account.unexpected += _answers(load)
    stage.acknowledged |= {one.referral_id or "" for one in load.acknowledged}
    referrals = {row["referral_id"]: row for row in stage.ask("intake", _QUERIES["referrals"])}
    _at_intake(account, stage, load, set(referrals), since)
    _at_activities(account, stage, referrals)
    _at_notifications(account, stage, referrals)
    _at_reporting(account, stage, referrals)
    _events(account, stage, since)
    account.unexpected += _in_hand(stage)
    account.wrong &= {one.referral_id or "" for one in load.acknowledged}
    return account


def _answers(load: Load) -> Iterator[str]:
    """Errors that no client should ever see, and clients that never got an answer."""
    for one in load.sent:
        if one.refused:
            yield f"{one.reference} was refused: {one.refused}"
        elif not one.acknowledged:
            yield f"{one.reference} was never answered in {one.tries} tries: {dict(one.answers)}"
        if one.answers["500"]:
            yield f"{one.reference} was answered 500"


def _at_intake(account: Account, stage: Stage, load: Load, referrals: set[str], since: datetime) -> None:
    for gone in stage.acknowledged - referrals:
        account.missing(f"intake does not know {gone}, which it acknowledged", {gone})
    seen = _as_the_partner_sees_them(stage, since)
    known = {one.reference: one for one in load.sent}
    times = Counter(reference for _, reference in seen)
    for reference, count in times.items():
        if reference not in known:
            account.unexpected.append(f"nobody sent {reference}, and intake has it")
        elif count > 1:
            account.twice(f"intake has {reference} {count} times", {known[reference].referral_id or ""})
    for one in load.acknowledged:
        if (one.referral_id, one.reference) not in seen:
            account.missing(f"intake does not show {one.reference} as {one.referral_id}", {one.referral_id or ""})


def _as_the_partner_sees_them(stage: Stage, since: datetime) -> set[tuple[str, str]]:
    found = set()
    for row in stage.partner.pages("/referrals"):
        if datetime.fromisoformat(row["receivedAt"]) < since:
            break
        found.add((row["referralId"], row["reference"]))
    return found


def _at_activities(account: Account, stage: Stage, referrals: dict[str, dict[str, Any]]) -> None:
    settled = {row["need_id"]: row for row in stage.ask("activities", _QUERIES["settled_needs"])}
    for referral_id, row in referrals.items():
        for need in row["needs"]:
            here = settled.pop(need, None)
            if here is None:
                account.missing(f"activities does not know need {need}", {referral_id})
            elif here["enrolments"] > 1:
                account.twice(f"need {need} got {here['enrolments']} places", {referral_id})
            elif (here["state"] == "placed") != bool(here["enrolments"]):
                account.unexpected.append(f"need {need} is {here['state']} with {here['enrolments']} places")
    account.unexpected += [f"activities has need {need}, which intake does not know" for need in settled]
    account.duplicated += [f"activity {row['activity_id']} counts its places wrongly"
                           for row in stage.ask("activities", _QUERIES["taken"])]  # fmt: skip


def _at_notifications(account: Account, stage: Stage, referrals: dict[str, dict[str, Any]]) -> None:
    accepted, needs = Counter[str](), Counter[str]()
    for row in stage.ask("notifications", _QUERIES["notices"]):
        if row["referral_id"] not in referrals:
            account.unexpected.append(f"a notice of {row['referral_id']}, which intake does not know")
        if row["code"] == "referral-accepted":
            accepted[row["referral_id"]] += row["times"]
        elif row["code"] in _SETTLING:
            needs[row["need_id"]] += row["times"]
    mails = {row["referral_id"]: row for row in stage.ask("notifications", _QUERIES["mails"])}
    for referral_id, row in referrals.items():
        told = {f"of {referral_id}": accepted[referral_id], **{f"of need {need}": needs[need] for need in row["needs"]}}
        mail = mails.get(referral_id, {"times": 0, "failed": False})
        for what, times in {**told, f"by mail of {referral_id}": mail["times"]}.items():
            if times == 0:
                account.missing(f"no library was told {what}", {referral_id})
            elif times > 1:
                account.twice(f"a library was told {times} times {what}", {referral_id})
        if mail["failed"]:
            account.unexpected.append(f"the mail of {referral_id} was given up")


def _at_reporting(account: Account, stage: Stage, referrals: dict[str, dict[str, Any]]) -> None:
    counted = {row["referral_id"]: row for row in stage.ask("reporting", _QUERIES["counted"])}
    for referral_id, row in referrals.items():
        here = counted.pop(referral_id, None)
        if here is None:
            account.missing(f"{referral_id} is not counted", {referral_id})
        elif (here["decision"], here["needs"]) != ("accepted", len(row["needs"])):
            account.unexpected.append(f"{referral_id} is counted as {here['decision']} with {here['needs']} needs")
    account.unexpected += [f"{referral_id} is counted, and intake does not know it" for referral_id in counted]
    (sums,) = stage.ask("reporting", _QUERIES["sums"])
    for what, there in (("referrals", len(referrals)), ("needs", sum(len(row["needs"]) for row in referrals.values()))):
        if sums[what] > there:
            account.twice(f"{sums[what]} {what} are counted of {there}")
        elif sums[what] < there:
            account.missing(f"{sums[what]} {what} are counted of {there}")


def _events(account: Account, stage: Stage, since: datetime) -> None:
    """Every event was heard by whom the catalogue says, by nobody else, and sequences have no gap and no turn."""
    expected: dict[str, set[str]] = {service: set() for service in SERVICES}
    for service in SERVICES:
        told = stage.ask(service, _QUERIES["told"], since=since)
        for row in told:
            for hearer in _HEARD_BY[row["type"].rpartition(".v")[0]]:
                expected[hearer].add(row["event_id"])
        account.unexpected += _out_of_sequence(service, told, stage.ask(service, _QUERIES["heads"], since=since))
        if len({row["event_id"] for row in told}) < len(told):
            account.twice(f"{service} told an event twice under one id")
    for hearer, events in expected.items():
        heard = {row["event_id"] for row in stage.ask(hearer, _QUERIES["heard"], since=since)}
        account.lost += [f"{hearer} did not hear event {one}" for one in sorted(events - heard)]
        account.unexpected += [f"{hearer} heard event {one}, which nobody told it" for one in sorted(heard - events)]


def _out_of_sequence(service: str, told: list[dict[str, Any]], heads: list[dict[str, Any]]) -> Iterator[str]:
    sequences: dict[str, list[int]] = {}
    for row in told:
        sequences.setdefault(row["subject"], []).append(row["sequence"])
    for subject, numbers in sequences.items():
        if any(later != earlier + 1 for earlier, later in pairwise(numbers)):
            yield f"{service} told {numbers} of {subject}"
    for head in heads:
        if sequences.get(head["subject"], [0])[-1] != head["last_sequence"]:
            yield f"{service} says that it told {head['last_sequence']} of {head['subject']}, and the last is not there"


def _in_hand(stage: Stage) -> Iterator[str]:
    for service in SERVICES:
        for what, count in stage.ask(service, _QUERIES["in_hand"])[0].items():
            if count:
                yield f"{service} has {count} in its {what}"
