"""A file goes on after a kill, and a row that cannot be handled costs only itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import psycopg2
import pytest

from chassis.sealing import Sealer, Unopenable
from chassis.testing import Harness
from chassis.waiting import SilentServer
from contracts.intake import ReferralAccepted, ReferralFileProcessed, ReferralReceived
from services.intake.files import working
from services.intake.reception import Reception
from services.intake.vault import Vault
from tests.support.intake_desk import Desk
from tests.support.intake_process import Intake, until
from tests.support.issuer import Issuer
from tests.support.servers import TestPostgres, fresh_name

HEADER = "Voornaam;Achternaam;Geboortedatum;Telefoon;Gemeente;Leervraag 1;Gezin;Grondslag;Geïnformeerd op;Verwijzer"


def line(number: int, *, goal: str = "spreken oefenen", household: str = "", name: str = "") -> str:
    day = f"{number % 28 + 1:02}-{number // 28 % 12 + 1:02}-1990"
    given = f"Voor{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}"
    reached = f"{given};{name or 'Achter'};{day};06000{number:05};Deventer"
    return f"{reached};{goal};{household};toestemming;01-10-2026;Joris"


def csv(*lines: str) -> bytes:
    return "\n".join((HEADER, *lines)).encode()


@pytest.fixture
def desk(harness: Harness) -> Desk:
    return Desk(harness)


def counts(desk: Desk, file_id: str) -> tuple[int, ...]:
    row = desk.harness.rows(
        "select rows, taken_in, triage, repeated, refused from intake.referral_file where referral_file_id = %s",
        file_id,
    )[0]
    return tuple(row.values())


def test_what_a_file_held_is_told_once_per_library(desk: Desk) -> None:
    without_basis = line(3).replace("toestemming", "")
    file_id = desk.push(csv(line(1), line(2, goal="kaarten"), without_basis, line(1)))
    desk.harness.tick("take-in-files")
    told = desk.harness.told()
    (processed,) = [event for event in told if event.event is ReferralFileProcessed]
    assert processed.data == {
        "referral_file_id": file_id, "partner_id": desk.partner_id, "rows": 4, "taken_in": 2, "repeated": 1,
        "refused": 1, "libraries": [{"library_id": desk.library_id, "accepted": 1, "triage": 1}],
    }  # fmt: skip
    received = [event for event in told if event.event is ReferralReceived]
    assert {event.data["referral_file_id"] for event in received} == {file_id}
    assert told[-1] is processed
    lanes = desk.harness.rows(
        "select lane, count(*) as n from chassis.outbox where type like '%%referral%%' group by 1"
    )
    assert lanes == [{"lane": 1, "n": 4}]


def test_a_corrected_file_adds_what_is_new_and_joins_its_household(desk: Desk) -> None:
    desk.push(csv(line(1, household="G1"), line(2, household="G1", goal="kaarten"), line(3, household="G9")))
    desk.harness.tick("take-in-files")
    file_id = desk.push(csv(line(2, household="G4"), line(1, household="G4"), line(3, household="G5")))
    desk.harness.tick("take-in-files")
    assert counts(desk, file_id) == (3, 1, 0, 2, 0)
    rows = desk.harness.rows("select row_number, household_id from intake.referral order by received_at, row_number")
    first, other, corrected = rows
    assert first["household_id"] == corrected["household_id"] != other["household_id"]


def test_files_take_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "CHUNK", 10)
    desk.push(csv(*[line(number) for number in range(100)]))
    desk.push(csv(*[line(number) for number in range(200, 205)]), desk.partner())
    desk.harness.tick("take-in-files")
    done = desk.harness.rows("select rows, finished_at from intake.referral_file order by finished_at")
    assert [row["rows"] for row in done] == [5, 100]


class Poisoned(Exception):
    """A row that nobody foresaw."""


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of somebody called Gif fail after everything was written and told."""
    take_in = Reception.take_in

    def failing(self: Reception, partner_id: str, incoming: Any) -> Any:
        received = take_in(self, partner_id, incoming)
        if any(one.said["participant"]["family_name"] == "Gif" for one in incoming):
            raise Poisoned
        return received

    monkeypatch.setattr(Reception, "take_in", failing)


@pytest.mark.usefixtures("poison")
def test_a_row_that_fails_costs_only_itself(desk: Desk) -> None:
    file_id = desk.push(csv(line(1), line(2, name="Gif"), line(3)))
    desk.harness.tick("take-in-files")
    assert counts(desk, file_id) == (3, 2, 0, 0, 1)
    problems = desk.harness.rows("select row_number, code from intake.referral_file_problem")
    assert problems == [{"row_number": 3, "code": "not-taken-in"}]
    accepted = [event for event in desk.harness.told() if event.event is ReferralAccepted]
    assert len(accepted) == 2
    assert len(desk.harness.rows("select 1 from intake.referral")) == 2


def test_a_database_that_is_away_refuses_no_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id = desk.push(csv(line(1), line(2)))
    take_in = Reception.take_in

    def away(*_: Any) -> Any:
        raise psycopg2.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Reception, "take_in", away)
    with pytest.raises(psycopg2.OperationalError):
        desk.harness.tick("take-in-files")
    monkeypatch.setattr(Reception, "take_in", take_in)
    assert desk.harness.rows("select attempts from intake.referral_file_row") == [{"attempts": 0}] * 2
    desk.harness.tick("take-in-files")
    assert counts(desk, file_id) == (2, 2, 0, 0, 0)


def test_another_master_key_refuses_no_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id = desk.push(csv(line(1), line(2)))
    right, wrong = Vault.under, Vault(Sealer(os.urandom(32)))
    monkeypatch.setattr(Vault, "under", lambda self, *what: right(wrong, *what))
    with pytest.raises(Unopenable):
        desk.harness.tick("take-in-files")
    monkeypatch.setattr(Vault, "under", right)
    desk.harness.tick("take-in-files")
    assert counts(desk, file_id) == (2, 2, 0, 0, 0)


def test_a_file_that_does_not_open_keeps_no_other_from_its_turn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    locked, other = desk.push(csv(line(1))), desk.push(csv(line(2)), desk.partner())
    right, wrong = Vault.under, Vault(Sealer(os.urandom(32)))
    monkeypatch.setattr(Vault, "under", lambda self, key, of: right(wrong if of == locked else self, key, of))
    for _ in range(2):
        with pytest.raises(Unopenable):
            desk.harness.tick("take-in-files")
    assert counts(desk, other) == (1, 1, 0, 0, 0)
    monkeypatch.setattr(Vault, "under", right)
    desk.harness.tick("take-in-files")
    assert counts(desk, locked) == (1, 1, 0, 0, 0)


def test_a_row_alone_is_not_refused_for_what_is_not_its_fault(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id = desk.push(csv(line(1)))
    desk.harness.rows("update intake.referral_file_row set attempts = 1")
    take_in, problems = Reception.take_in, [psycopg2.OperationalError("gone"), Unopenable("another key")] * 3
    monkeypatch.setattr(Reception, "take_in", Mock(side_effect=problems))
    for problem in problems:
        with pytest.raises(type(problem)):
            desk.harness.tick("take-in-files")
    monkeypatch.setattr(Reception, "take_in", take_in)
    desk.harness.tick("take-in-files")
    assert counts(desk, file_id) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    "problem",
    [
        psycopg2.errors.QueryCanceled("canceling statement due to statement timeout"),
        SilentServer("the database did not answer within 35.0 s"),
    ],
    ids=["one statement", "several together"],
)
def test_a_row_that_takes_too_long_is_tried_again_and_refused_after_some_attempts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    file_id = desk.push(csv(line(1), line(2)))
    desk.harness.rows("update intake.referral_file_row set attempts = 1 where row_number = 2")
    take_in = Reception.take_in
    monkeypatch.setattr(Reception, "take_in", Mock(side_effect=problem))
    for attempts in range(2, working.ATTEMPTS + 1):
        with pytest.raises(type(problem)):
            desk.harness.tick("take-in-files")
        (row,) = desk.harness.rows("select attempts from intake.referral_file_row where row_number = 2")
        assert row["attempts"] == attempts
    monkeypatch.setattr(Reception, "take_in", take_in)
    desk.harness.tick("take-in-files")
    assert counts(desk, file_id) == (2, 1, 0, 0, 1)


def test_rows_that_take_too_long_together_are_tried_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried together again they would take as long, and so would every file behind this one."""
    file_id = desk.push(csv(line(1), line(2)))
    take_in = Reception.take_in
    monkeypatch.setattr(Reception, "take_in", Mock(side_effect=SilentServer("no answer")))
    with pytest.raises(SilentServer):
        desk.harness.tick("take-in-files")
    together = Mock(side_effect=AssertionError("together again"))
    monkeypatch.setattr(working.FileWork, "_together", together)
    monkeypatch.setattr(Reception, "take_in", take_in)
    desk.harness.tick("take-in-files")
    assert counts(desk, file_id) == (2, 2, 0, 0, 0)
    assert not together.called


def test_a_row_that_takes_the_process_with_it_is_refused_after_some_attempts(desk: Desk) -> None:
    file_id = desk.push(csv(line(1), line(2)))
    desk.harness.rows("update intake.referral_file_row set attempts = %s where row_number = 2", working.ATTEMPTS)
    desk.harness.tick("take-in-files")
    assert counts(desk, file_id) == (2, 1, 0, 0, 1)


@pytest.fixture
def mortal(postgres: TestPostgres, staff: Issuer) -> Iterator[Intake]:
    """An intake that dies now and then."""
    name = fresh_name()
    intake = Intake(postgres.create(name), staff)
    yield intake
    intake.process.kill()
    postgres.drop(name)


def test_a_process_that_is_killed_midway_goes_on_without_doing_a_row_twice(mortal: Intake) -> None:
    rows = 600
    mortal.process.start()
    mortal.library("GM0150")
    partner = mortal.partner()
    raw = csv(*[line(number) for number in range(rows)])
    with partner.client() as client:
        answer = client.post("/referral-files", content=raw, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 202, answer.text
        path = f"/referral-files/{answer.json()['referralFileId']}"

    def taken_in() -> int:
        return int(mortal.rows("select taken_in from intake.referral_file")[0][0])

    mortal.process.kill()
    # What was under way at a death is tried row by row, where this failpoint is not: a chunk is never taken twice.
    deaths = ("rows-before-commit", 0), ("rows-before-commit", working.CHUNK), ("rows-after-commit", 2 * working.CHUNK)
    for failpoint, done_meanwhile in deaths:
        before = taken_in()
        mortal.process.start(FAILPOINT=failpoint)
        assert mortal.process.wait() == -signal.SIGKILL
        assert taken_in() - before == done_meanwhile
    mortal.process.start()
    with partner.client() as client:
        done = until(
            lambda: client.get(path).json()["status"] == "done" and client.get(path).json(), "the file is done"
        )
    assert (done["takenIn"], done["repeated"], done["refused"]) == (rows, 0, 0)
    assert mortal.rows("select count(*), count(distinct row_number) from intake.referral") == [(rows, rows)]
    told = dict(mortal.rows("select type, count(*) from chassis.outbox group by 1"))
    assert told["nl.newcomers.referral-accepted.v1"] == rows
    assert told["nl.newcomers.referral-file-processed.v1"] == 1
