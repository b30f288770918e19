"""Design section 4, point 1: a change and its events commit together, numbered per subject without a gap."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psycopg2.errors
import psycopg2.extensions
import pytest

from chassis.database import Database
from chassis.outbox import NotOurs, Teller
from chassis.tracing import step
from chassis.unit import Unit
from contracts.activities import PlaceHeld, ProgrammePublished
from contracts.envelope import TooLarge, parse
from contracts.intake import LibraryRegistered, ReferralRejected
from tests.support.events import referral_accepted
from tests.support.outgoing import (
    LIBRARY,
    ROOT,
    SOURCE,
    agreed,
    new_id,
    outbox_depth,
    rejected,
    rows,
    tell_libraries,
    teller,
    until,
)


@pytest.fixture
def notes(intake: Database) -> Database:
    """intake's database with a table of the test's own."""
    rows(intake, "create table note (text text primary key)")
    return intake


def write(unit: Unit, text: str) -> None:
    with unit.connection.cursor() as cursor:
        cursor.execute("insert into note values (%s)", [text])


def test_state_and_event_are_committed_together(notes: Database) -> None:
    """Rule: one transaction. Fails when the outbox is written on another connection or after the commit."""
    with Unit(notes) as unit:
        write(unit, "kept")
        teller(unit)(LibraryRegistered, new_id(), **LIBRARY)
        assert rows(notes, "select * from note") == []
    assert rows(notes, "select xmin from note") == rows(notes, "select xmin from chassis.outbox")


def test_neither_state_nor_event_survives_an_error(notes: Database) -> None:
    """Rule: one transaction. Fails when telling writes or publishes by itself."""
    with suppress(ZeroDivisionError), Unit(notes) as unit:
        teller(unit)(LibraryRegistered, new_id(), **LIBRARY)
        write(unit, "lost")
        raise ZeroDivisionError
    assert rows(notes, "select * from note") == []
    assert outbox_depth(notes) == 0
    assert rows(notes, "select * from chassis.stream_head") == []


def test_a_change_that_cannot_be_committed_tells_nothing(notes: Database) -> None:
    """Rule: one transaction, also when COMMIT itself refuses (a deferred constraint)."""
    rows(notes, "create table child (text text references note deferrable initially deferred)")
    unit = Unit(notes)
    with unit.connection.cursor() as cursor:
        cursor.execute("insert into child values ('orphan')")
    teller(unit)(LibraryRegistered, new_id(), **LIBRARY)
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        unit.commit()
    assert outbox_depth(notes) == 0


PROGRAM = """
import sys
from chassis.database import Database
from chassis.unit import Unit
from contracts.intake import LibraryRegistered
from tests.support.outgoing import LIBRARY, new_id, teller
with Unit(Database(sys.argv[1], application_name="intake")) as unit:
    with unit.connection.cursor() as cursor:
        cursor.execute("insert into note values ('one')")
    teller(unit)(LibraryRegistered, new_id(), **LIBRARY)
"""

OTHERS_AT_WORK = """
    select 1 from pg_stat_activity where application_name = 'intake' and datname = current_database()
"""


@pytest.mark.parametrize(("failpoint", "survives"), [("unit-before-commit", 0), ("unit-after-commit", 1)])
def test_a_killed_process_leaves_both_or_neither(notes: Database, failpoint: str, survives: int) -> None:
    """Rule: one transaction. kill -9 before and after the commit."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, notes.url],
        cwd=ROOT, env=os.environ | {"FAILPOINT": failpoint, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    until(lambda: not rows(notes, OTHERS_AT_WORK))
    assert len(rows(notes, "select * from note")) == survives
    assert outbox_depth(notes) == survives


def test_sequence_is_contiguous_and_follows_the_order_of_ids_under_concurrency(intake: Database) -> None:
    """Rules: contiguous from 1 per subject; the order of sequence is the order of outbox id.

    Fails when the head's row is not locked (gaps, repeats), when ids are given before the heads are locked (order), or
    when heads are not locked in one order (deadlocks).
    """
    subjects = [new_id() for _ in range(5)]
    told: dict[str, int] = defaultdict(int)
    counting = threading.Lock()

    def one_client(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(25):
            chosen = dice.choices(subjects, k=dice.randint(1, 6))
            if dice.random() < 0.15:
                _tell_and_undo(intake, chosen)
                continue
            tell_libraries(intake, *chosen)
            with counting:
                for subject in chosen:
                    told[subject] += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one_client, range(8)))

    found = defaultdict(list)
    for subject, sequence, body in rows(intake, "select subject, sequence, body from chassis.outbox order by id"):
        found[subject].append(sequence)
        assert parse(body.encode()).sequence == sequence
    assert {subject.split("/")[1]: len(found[subject]) for subject in found} == dict(told)
    for sequences in found.values():
        assert sequences == list(range(1, len(sequences) + 1))
    heads = dict(rows(intake, "select subject, last_sequence from chassis.stream_head"))
    assert heads == {subject: len(sequences) for subject, sequences in found.items()}


def _tell_and_undo(intake: Database, subjects: list[str]) -> None:
    with suppress(ZeroDivisionError), Unit(intake) as unit:
        tell = teller(unit)
        for subject in subjects:
            tell(LibraryRegistered, subject, **LIBRARY)
        raise ZeroDivisionError


def test_a_later_transaction_about_the_same_subject_waits_for_the_earlier(intake: Database) -> None:
    """Rule: the subject's row is locked before its event is inserted, until commit.

    Otherwise the second commits first, is published first, and the order is wrong for everyone who hears it.
    """
    subject = new_id()
    first = Unit(intake)
    teller(first)(LibraryRegistered, subject, **LIBRARY)
    first.flush()
    second = threading.Thread(target=tell_libraries, args=(intake, subject))
    second.start()
    until(lambda: rows(intake, "select 1 from pg_stat_activity where wait_event_type = 'Lock'"))
    assert outbox_depth(intake) == 0
    first.commit()
    second.join(20)
    assert rows(intake, "select sequence from chassis.outbox order by id") == [(1,), (2,)]


def test_events_of_one_unit_keep_the_order_in_which_they_were_told(intake: Database) -> None:
    referrals = [new_id() for _ in range(50)]
    with Unit(intake) as unit:
        tell = teller(unit)
        ids = [rejected(tell, referral) for referral in referrals] + [agreed(tell, one) for one in referrals]
    assert [row[0] for row in rows(intake, "select event_id from chassis.outbox order by id")] == ids


def test_one_unit_with_many_events_costs_one_message(intake: Database) -> None:
    """Rule: the flush is set-based: one statement for heads and rows of all, in one round trip."""
    messages: list[bytes] = []

    class Recorded(psycopg2.extensions.cursor):
        def execute(self, *arguments: Any) -> None:
            super().execute(*arguments)
            messages.append(self.query or b"")

    connection = intake.dedicated()
    connection.cursor_factory = Recorded
    with Unit(intake, connection=connection) as unit:
        tell = teller(unit)
        for _ in range(200):
            rejected(tell, new_id())
    (message,) = messages
    begin, tell_all, commit = message.split(b";\n")
    assert tell_all.startswith(b"select chassis.tell(")
    assert (begin, commit) == (b"begin", b"commit")
    assert outbox_depth(intake) == 200
    connection.close()


def test_a_long_unit_goes_on_after_its_commit(notes: Database) -> None:
    """`self.unit.commit()` ends one transaction and begins the next; what follows is undone alone."""
    with suppress(ZeroDivisionError), Unit(notes) as unit:
        tell = teller(unit)
        write(unit, "first")
        tell(LibraryRegistered, new_id(), **LIBRARY)
        unit.commit()
        write(unit, "second")
        tell(LibraryRegistered, new_id(), **LIBRARY)
        raise ZeroDivisionError
    assert rows(notes, "select * from note") == [("first",)]
    assert outbox_depth(notes) == 1


def test_after_commit_comes_after_commit_and_never_after_an_undo(intake: Database) -> None:
    calls: list[int] = []
    unit = Unit(intake)
    teller(unit, wake=lambda: calls.append(outbox_depth(intake)))(LibraryRegistered, new_id(), **LIBRARY)
    unit.rollback()
    assert calls == []
    tell = teller(unit, wake=lambda: calls.append(outbox_depth(intake)))
    tell(LibraryRegistered, new_id(), **LIBRARY)
    tell(LibraryRegistered, new_id(), **LIBRARY)
    unit.commit()
    assert calls == [2]
    unit.close()


def test_an_event_says_what_caused_it_and_of_which_trace(intake: Database) -> None:
    cause, other = referral_accepted(), referral_accepted()
    with Unit(intake, cause=cause) as unit:
        tell = teller(unit)
        rejected(tell, new_id())
        tell(LibraryRegistered, new_id(), **LIBRARY, cause=other)
        with step("test") as trace:
            rejected(tell, new_id())
    by_cause, by_other, in_step = (
        parse(body.encode()) for (body,) in rows(intake, "select body from chassis.outbox order by id")
    )
    assert (by_cause.causation_id, by_cause.traceparent) == (cause.id, cause.traceparent)
    assert (by_other.causation_id, by_other.traceparent) == (other.id, other.traceparent)
    assert (in_step.causation_id, in_step.traceparent) == (cause.id, trace.traceparent)
    assert {one.source for one in (by_cause, by_other, in_step)} == {SOURCE}
    assert by_cause.time == by_other.time


def test_what_may_not_be_told_is_refused_at_once(intake: Database) -> None:
    """Rule: the catalogue says who tells what; data is checked where the mistake is made."""
    subject = new_id()
    served = [{"municipality": "GM0153", "kinds": []}] * 2000
    with Unit(intake) as unit:
        tell = teller(unit)
        with pytest.raises(NotOurs, match="ProgrammePublished is not told by intake"):
            tell(ProgrammePublished, subject)
        with pytest.raises(ValueError, match="mailbox"):
            tell(LibraryRegistered, subject, **LIBRARY | {"mailbox": "no address"})
        with pytest.raises(ValueError, match="Unknown field"):
            tell(LibraryRegistered, subject, **LIBRARY, colour="red")
        with pytest.raises(ValueError, match="not a UUID"):
            tell(LibraryRegistered, "Zwolle", **LIBRARY)
        with pytest.raises(ValueError, match="library_id is not the subject's id"):
            tell(LibraryRegistered, subject, **LIBRARY, library_id=new_id())
        with pytest.raises(ValueError, match="partnerId"):
            tell(ReferralRejected, subject, participant_id=new_id(), reason="duplicate")
        with pytest.raises(ValueError, match="referralId"):
            Teller(lambda: unit, service="activities", source=SOURCE)(PlaceHeld, subject)
        with pytest.raises(TooLarge):
            tell(LibraryRegistered, subject, **LIBRARY | {"serves": served})
    assert outbox_depth(intake) == 0


def lanes(database: Database) -> list[int]:
    return [lane for (lane,) in rows(database, "select lane from chassis.outbox order by id")]


def test_a_key_that_waits_in_a_lane_stays_there(intake: Database) -> None:
    """Rule: otherwise the interactive lane overtakes what the same referral still has waiting in the bulk lane."""
    waits_in_bulk, waits_interactive, fresh = new_id(), new_id(), new_id()
    tell_libraries(intake, waits_in_bulk, bulk=True)
    tell_libraries(intake, waits_interactive)
    tell_libraries(intake, waits_in_bulk, waits_interactive, fresh)
    tell_libraries(intake, waits_in_bulk, waits_interactive, new_id(), bulk=True)
    assert lanes(intake) == [1, 0, 1, 0, 0, 1, 0, 1]


def test_a_key_waiting_in_both_lanes_goes_on_in_the_later_one(intake: Database) -> None:
    """Two units that did not see each other can leave a key in both lanes; bulk is published last, so bulk it is."""
    referral = new_id()
    tell_libraries(intake, referral)
    rows(
        intake,
        "insert into chassis.outbox (lane, event_id, type, subject, sequence, partition_key, time, body)"
        " select 1, gen_random_uuid(), type, 'need/x', 1, partition_key, time, body from chassis.outbox",
    )
    tell_libraries(intake, referral)
    assert lanes(intake) == [0, 1, 1]


def test_the_lane_is_kept_by_partition_key_across_subjects(intake: Database) -> None:
    """Rule: order is promised per partition key, whatever the subject."""
    referral = new_id()
    with Unit(intake) as unit:
        tell = teller(unit)
        tell.in_bulk()
        rejected(tell, referral)
    rows(intake, "update chassis.outbox set subject = 'enrolment/x'")
    with Unit(intake) as unit:
        agreed(teller(unit), referral)
    assert lanes(intake) == [1, 1]
