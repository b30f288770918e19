"""Named SQL in files, and stores that find it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.outbox_store import OutboxStore
from chassis.queries import Queries, QueriesError
from chassis.store import Store


def write(folder: Path, text: str, name: str = "queries.sql") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_reads_statements_as_they_are_written(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "-- name: first\n-- Why it is here.\nselect %(a)s::text, array[1, 2][1:2], ':b';\n\n"
        "-- name: second\n-- Why.\nselect 1\n",
    )
    found = Queries.load(path)
    assert found["first"] == "select %(a)s::text, array[1, 2][1:2], ':b'"
    assert list(found) == ["first", "second"]


def test_a_missing_query_is_named_with_those_there_are(tmp_path: Path) -> None:
    found = Queries.load(write(tmp_path, "-- name: first\nselect 1\n"))
    with pytest.raises(QueriesError, match="no query named second; there are: first"):
        found["second"]


def test_a_name_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    one = "-- name: first\nselect 1\n"
    with pytest.raises(QueriesError, match="first is there twice"):
        Queries.load(write(tmp_path, one + one))
    with pytest.raises(QueriesError, match="first is there twice"):
        Queries.load(write(tmp_path, one), write(tmp_path, one, "more.sql"))


def test_a_store_has_the_queries_of_all_it_inherits() -> None:
    class Both(OutboxStore):
        pass

    assert "flow_heads" in set(Both.queries)


class Borrowed(Store):
    """Another store with a query of the same name."""


Borrowed._own_queries = Queries({"flow_heads": "select 1"})


def test_two_stores_may_not_share_a_name() -> None:
    with pytest.raises(QueriesError, match="flow_heads"):

        class Both(OutboxStore, Borrowed):
            pass
