"""Named SQL in files: `-- name: snake_name`, one line of why, then the statement with `%(named)s` parameters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiosql.query_loader import QueryLoader


class QueriesError(Exception):
    """A file of queries is wrong, or a query is asked for that no file holds."""


class _AsWritten:
    """aiosql rewrites `:name` to the driver's own style; ours is in that style already, and `:` must stay a cast."""

    def process_sql(self, _name: str, _operation: Any, sql: str) -> str:
        return sql


class Queries:
    """The statements of one or more files, by name."""

    def __init__(self, statements: dict[str, str]) -> None:
        self._statements = statements

    @classmethod
    def load(cls, *paths: Path) -> Queries:
        """Read the files. Raises QueriesError for a name that occurs twice and OSError for a missing file."""
        statements: dict[str, str] = {}
        loader = QueryLoader(_AsWritten(), None, mandatory_parameters=False)  # type: ignore[arg-type]
        for path in paths:
            for query in loader.load_query_data_from_sql(path.read_text(encoding="utf-8"), [], path):
                if query.query_name in statements:
                    raise QueriesError(f"{path}: query {query.query_name} is there twice")
                statements[query.query_name] = query.sql.rstrip(";")
        return cls(statements)

    def __getitem__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError:
            raise QueriesError(f"no query named {name}; there are: {', '.join(sorted(self))}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def __or__(self, other: Queries) -> Queries:
        twice = self._statements.keys() & other._statements.keys()
        if twice:
            raise QueriesError(f"queries declared twice: {', '.join(sorted(twice))}")
        return Queries(self._statements | other._statements)
