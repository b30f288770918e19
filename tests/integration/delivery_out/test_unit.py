"""What needs no answer goes to the database along with what does, and is undone with it."""

from __future__ import annotations

import contextlib
from functools import partial

import psycopg2.errors
import pytest

from chassis.database import Database
from chassis.queries import Queries
from chassis.store import Store
from chassis.unit import NotCommitted, Unit
from contracts.intake import LibraryRegistered
from tests.support.outgoing import LIBRARY, new_id, outbox_depth, rows, teller


class NoteStore(Store):
    """A table of the test's own."""


NoteStore.queries = Queries(
    {
        "put": "insert into note (text) values (%(text)s)",
        "put_all": "insert into note (text) values %s",
        "count": "select count(*) as notes from note",
    }
)


@pytest.fixture
def notes(intake: Database) -> Database:
    rows(intake, "create table note (text text primary key)")
    return intake


def kept(notes: Database) -> list[str]:
    return [row[0] for row in rows(notes, "select text from note order by 1")]


def test_what_was_written_is_seen_by_the_next_question_and_committed(notes: Database) -> None:
    with Unit(notes) as unit:
        store = NoteStore(unit)
        store.write("put", text="100%")
        store.write_values("put_all", [("a",), ("b",)])
        assert store.value("count") == 3
        assert kept(notes) == []
    assert kept(notes) == ["100%", "a", "b"]


def test_what_was_written_last_is_committed_without_a_question(notes: Database) -> None:
    with Unit(notes) as unit:
        NoteStore(unit).write("put", text="last")
    assert kept(notes) == ["last"]


def test_what_was_written_is_undone_with_the_rest(notes: Database) -> None:
    """Rule: one transaction. Fails when a written statement is committed by itself."""
    with Unit(notes) as unit:
        store = NoteStore(unit)
        store.write("put", text="sent")
        assert store.value("count") == 1
        store.write("put", text="not sent")
        unit.rollback()
        assert store.value("count") == 0
    assert kept(notes) == []


def test_a_part_that_fails_is_undone_alone_with_what_it_told(notes: Database) -> None:
    calls: list[str] = []
    with Unit(notes) as unit:
        store = NoteStore(unit)
        store.write("put", text="before")
        for word in ("well", "twice"):
            with contextlib.suppress(psycopg2.errors.UniqueViolation), unit.part():
                teller(unit)(LibraryRegistered, new_id(), **LIBRARY)
                unit.after_commit(partial(calls.append, word))
                store.write("put", text=word)
                store.write("put", text=word if word == "twice" else "also")
        store.write("put", text="after")
    assert kept(notes) == ["after", "also", "before", "well"]
    assert (calls, outbox_depth(notes)) == (["well"], 1)


def test_an_error_in_what_was_written_undoes_all_of_the_unit(notes: Database) -> None:
    unit = Unit(notes)
    for _ in range(2):
        NoteStore(unit).write("put", text="once")
    teller(unit)(LibraryRegistered, new_id(), **LIBRARY)
    with pytest.raises(psycopg2.errors.UniqueViolation):
        unit.commit()
    assert kept(notes) == []
    assert outbox_depth(notes) == 0


def test_after_a_commit_the_unit_begins_anew(notes: Database) -> None:
    with Unit(notes) as unit:
        store = NoteStore(unit)
        store.write("put", text="first")
        unit.commit()
        store.write("put", text="second")
        assert store.value("count") == 2
        unit.rollback()
    assert kept(notes) == ["first"]


def test_what_a_connection_is_given_back_with_is_never_in_a_transaction(notes: Database) -> None:
    with Unit(notes) as unit:
        NoteStore(unit).value("count")
    idle = "select 1 from pg_stat_activity where state ~ '^idle in transaction' and datname = current_database()"
    assert rows(notes, idle) == []


def test_a_transaction_that_failed_before_is_not_taken_for_committed(notes: Database) -> None:
    """PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK, and calls that no error."""
    unit = Unit(notes)
    done: list[str] = []
    unit.after_commit(lambda: done.append("told"))
    store = NoteStore(unit)
    store.run("put", text="once")
    with pytest.raises(psycopg2.errors.UniqueViolation):
        store.run("put", text="once")
    with pytest.raises(NotCommitted):
        unit.commit()
    assert (done, kept(notes)) == ([], [])
    store.run("put", text="later")
    unit.commit()
    assert kept(notes) == ["later"]
