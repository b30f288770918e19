"""The databases of one PostgreSQL server, ours or one that `DATABASE_URL` names."""

from __future__ import annotations

from contextlib import closing
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
from psycopg2 import errors, sql


class Databases:
    """Makes and drops databases. `url` names any database of the server, as a role that may create others."""

    def __init__(self, url: str) -> None:
        self._server = url

    def url(self, name: str) -> str:
        """Address of one database, with the role and options of the server's."""
        return urlunsplit(urlsplit(self._server)._replace(path="/" + quote(name, safe="")))

    def create(self, name: str) -> str:
        """Make a fresh empty database; its address. Raises psycopg2.errors.DuplicateDatabase when it exists."""
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
        return self.url(name)

    def ensure(self, name: str) -> str:
        """Make a database unless it exists; its address. Safe when several ask at once."""
        try:
            return self.create(name)
        except (errors.DuplicateDatabase, errors.UniqueViolation):
            return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database and cut whoever is still in it; nothing happens when there is none."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def answer(self) -> bool:
        """Does the server take our role and answer?"""
        try:
            with closing(psycopg2.connect(self._server, connect_timeout=2)) as connection:
                return not connection.closed
        except psycopg2.OperationalError:
            return False

    def _run(self, statement: sql.Composed) -> None:
        with closing(psycopg2.connect(self._server, connect_timeout=5)) as connection:
            connection.autocommit = True  # neither statement may run inside a transaction
            with connection.cursor() as cursor:
                cursor.execute(statement)
