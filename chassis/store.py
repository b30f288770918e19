"""The base of every service's store: one method per named query, all in the unit's transaction."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from nameko.extensions import DependencyProvider

from chassis.database import Cursor
from chassis.queries import Queries
from chassis.unit import Unit, UnitOfWorker

_RETURNING = re.compile(r"\breturning\b", re.IGNORECASE)


class Store:
    """Named queries of `sql/queries.sql` beside the subclass's module; one instance per unit of work.

    `class IntakeStore(Store)` reads `services/intake/sql/queries.sql`; `class OutboxStore(Store, sql="outbox.sql")`
    another file of that folder. A store that inherits from several has the queries of all of them; a name that occurs
    twice is refused when the class is made. Every parameter is given by name; `%` itself is written `%%`.
    """

    queries: ClassVar[Queries] = Queries({})

    def __init_subclass__(cls, sql: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        statements = Queries({})
        for base in reversed(cls.__mro__):
            if base is not cls:
                statements = statements | base.__dict__.get("_own_queries", Queries({}))
        path = Path(sys.modules[cls.__module__].__file__ or "").parent / "sql" / (sql or "queries.sql")
        cls._own_queries = Queries.load(path) if sql or path.is_file() else Queries({})
        cls.queries = statements | cls._own_queries

    _own_queries: ClassVar[Queries] = Queries({})

    def __init__(self, unit: Unit | Callable[[], Unit]) -> None:
        self._unit = unit

    @property
    def unit(self) -> Unit:
        return self._unit if isinstance(self._unit, Unit) else self._unit()

    @property
    def now(self) -> datetime:
        """The unit's moment: aware, UTC, the same throughout one transaction."""
        return self.unit.now

    def rows(self, query: str, **params: Any) -> list[dict[str, Any]]:
        """Every row, as dictionaries."""
        with self._carried_out(self.queries[query], params) as cursor:
            return _dictionaries(cursor, cursor.fetchall())

    def row(self, query: str, **params: Any) -> dict[str, Any] | None:
        """The first row, or None when there is none."""
        with self._carried_out(self.queries[query], params) as cursor:
            row = cursor.fetchone()
            return _dictionaries(cursor, [row])[0] if row else None

    def value(self, query: str, **params: Any) -> Any:
        """The first column of the first row, or None when there is none."""
        with self._carried_out(self.queries[query], params) as cursor:
            row = cursor.fetchone()
            return row[0] if row else None

    def run(self, query: str, **params: Any) -> int:
        """Carry it out; the number of rows it touched."""
        with self._carried_out(self.queries[query], params) as cursor:
            return int(cursor.rowcount)

    def run_values(self, query: str, rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """Carry it out once for all rows, which take the place of `VALUES %s`; what it RETURNs, in no order."""
        if not rows:
            return []
        statement = self.queries[query]
        with self._carried_out(self._with_values(statement, rows)) as cursor:
            return _dictionaries(cursor, cursor.fetchall()) if _RETURNING.search(statement) else []

    def write(self, query: str, **params: Any) -> None:
        """Carry it out with what is asked or committed next: no round trip, no result (:meth:`Unit.write`)."""
        unit = self.unit
        with unit.cursor() as cursor:
            unit.write(cursor.mogrify(self.queries[query], params))

    def write_values(self, query: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """The same for all rows at once, in the place of `VALUES %s`."""
        if rows:
            self.unit.write(self._with_values(self.queries[query], rows))

    def _with_values(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> bytes:
        # All rows in one statement: one that reads its own VALUES must see all of them.
        before, _, after = statement.partition("%s")
        one = f"({', '.join(['%s'] * len(rows[0]))})"
        with self.unit.cursor() as cursor:
            values = b",".join(cursor.mogrify(one, row) for row in rows)
        return before.replace("%%", "%").encode() + values + after.replace("%%", "%").encode()

    @contextmanager
    def _carried_out(self, statement: str | bytes, params: Any = None) -> Iterator[Cursor]:
        unit = self.unit
        with unit.cursor() as cursor:
            unit.execute(cursor, statement, params)
            yield cursor


def _dictionaries(cursor: Cursor, rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows]


class Stores(DependencyProvider):
    """`store = Stores(IntakeStore)`: that store, in the unit of the worker."""

    def __init__(self, store: type[Store]) -> None:
        super().__init__()
        self._store = store

    def get_dependency(self, worker_ctx: Any) -> Store:
        return self._store(UnitOfWorker(worker_ctx))
