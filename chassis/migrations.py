"""Bring a database to the schema of this release: plain SQL files, each applied once, in order of name.

Safe when several processes start at once (one advisory lock, released by the server when its holder dies) and when one
is killed midway (each file is one transaction together with its record).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import structlog

from chassis.database import Connection, Database, without_password
from chassis.failpoints import failpoint
from chassis.locks import MIGRATIONS, advisory_key

log = structlog.get_logger()

_CHASSIS = Path(__file__).parent / "sql" / "migrations"
_SERVICES = Path(__file__).parent.parent / "services"


class MigrationError(Exception):
    """The database cannot be brought to the schema of this release."""


class MigrationChanged(MigrationError):
    """A file that was applied before has changed since; write a new file instead."""


class MigrationFailed(MigrationError):
    """A file could not be applied; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `component` is "chassis" or a service, `name` the file's name."""

    component: str
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_of(component: str, folder: Path) -> list[Migration]:
    """The files of a folder in order. Raises MigrationError when two share a number."""
    files = sorted(folder.glob("*.sql"))
    numbers = [file.name.partition("_")[0] for file in files]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise MigrationError(f"{folder}: numbers used twice: {', '.join(twice)}")
    return [Migration(component, file.name, file.read_text(encoding="utf-8")) for file in files]


def migrate(url: str, service: str, folder: Path | None = None) -> list[str]:
    """Apply what is missing: first the chassis' own files, then the service's (from `folder`). The names applied.

    Waits for another process that is at it. Raises MigrationChanged, MigrationFailed, or psycopg2.OperationalError
    when the database is away.
    """
    wanted = migrations_of("chassis", _CHASSIS)
    wanted += migrations_of(service, folder or _SERVICES / service / "sql" / "migrations")
    connection = Database(url, application_name=f"{service}-migrations", service=service).dedicated(
        statement_timeout_ms=0
    )
    try:
        return _apply_missing(connection, service, wanted, without_password(url))
    finally:
        connection.close()


def _apply_missing(connection: Connection, service: str, wanted: list[Migration], where: str) -> list[str]:
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [advisory_key(MIGRATIONS)])
        cursor.execute("create schema if not exists chassis")
        cursor.execute(f'create schema if not exists "{service}"')
        cursor.execute(
            """
            create table if not exists chassis.schema_migration (
                component text not null,
                name text not null,
                sha256 text not null,
                applied_at timestamptz not null default now(),
                primary key (component, name)
            )
            """
        )
        cursor.execute("select component, name, sha256 from chassis.schema_migration")
        applied = {(component, name): digest for component, name, digest in cursor.fetchall()}
    connection.autocommit = False
    _check(applied, wanted, where)
    missing = [one for one in wanted if (one.component, one.name) not in applied]
    for migration in missing:
        _apply(connection, migration)
    return [f"{one.component}/{one.name}" for one in missing]


def _check(applied: dict[tuple[str, str], str], wanted: list[Migration], where: str) -> None:
    for migration in wanted:
        digest = applied.get((migration.component, migration.name))
        if digest is not None and digest != migration.sha256:
            raise MigrationChanged(
                f"{where}: {migration.component}/{migration.name} was applied in another form; add a new file instead"
            )


def _apply(connection: Connection, migration: Migration) -> None:
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(migration.sql)
            failpoint("migration-before-commit")
            cursor.execute(
                "insert into chassis.schema_migration (component, name, sha256) values (%s, %s, %s)",
                [migration.component, migration.name, migration.sha256],
            )
    except psycopg2.OperationalError:
        raise
    except psycopg2.Error as problem:
        raise MigrationFailed(f"{migration.component}/{migration.name}: {problem}") from problem
    log.info("migration_applied", migration=f"{migration.component}/{migration.name}")
