"""What both pipelines have in common: servers of their own that stay up, and processes that run for one turn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2

from bench.programs import Programs
from contracts.catalogue import SERVICES
from infra.local.installation import IDENTITY_PROVIDER, MAIL_CATCHER, Installation
from infra.local.ports import free_port
from infra.local.processes import until
from infra.local.state import State
from ops.supervisor.plan import programs_of
from ops.supervisor.program import Program

SERVERS = ("postgres", "rabbitmq")
_NAMES = (*SERVICES, *(f"{service}-relay" for service in SERVICES), IDENTITY_PROVIDER, MAIL_CATCHER)
_SETTLE_SECONDS = 90.0


class NotSettled(Exception):
    """Not everything that was pushed came to its end in time."""


class Pipeline(ABC):
    """One of the two, in a directory of its own: `set_up` once, then `start`, measure, `stop`, turn after turn."""

    name: str

    def __init__(self, var: Path) -> None:
        _choose_ports(var)
        self.at = Installation(var, {})
        self.at.prepare()
        programs = {program.name: program for program in programs_of(self.at)}
        self._servers = Programs([programs[name] for name in SERVERS])
        self._processes = Programs(self.processes(programs))

    @abstractmethod
    def processes(self, local: dict[str, Program]) -> list[Program]:
        """What runs for a turn, given the programs of a local installation by name."""

    @abstractmethod
    def set_up(self) -> None:
        """Start the servers and fill the databases with what is there before anyone is referred."""

    @abstractmethod
    def target(self) -> tuple[str, str, str]:
        """Where referrals are pushed: address, path, bearer token."""

    @abstractmethod
    def is_settled(self, count: int, since: float) -> bool:
        """Whether all that follows from the referrals pushed since then (seconds since the epoch) has happened."""

    @abstractmethod
    def counted_at(self, referrals: list[str]) -> dict[str, float]:
        """When each was counted with its place: the moment of that commit, in seconds since the epoch."""

    @abstractmethod
    def noticed_at(self, referrals: list[str]) -> dict[str, float]:
        """When the notice of its place was there."""

    def start_servers(self) -> None:
        """PostgreSQL notes when each transaction was committed, so that nobody has to look while it is measured."""
        if not self._servers.pids:
            self._servers.start()
            if self.ask("postgres", "show track_commit_timestamp") == [("off",)]:
                self.tell("postgres", "alter system set track_commit_timestamp = on")
                self._servers.stop()
                self._servers.start()

    def start(self) -> None:
        """Start the processes of this pipeline and wait until they are well."""
        self._processes.start()

    def stop(self) -> None:
        self._processes.stop()

    def tear_down(self) -> None:
        self._processes.stop()
        self._servers.stop()

    @property
    def pids(self) -> dict[str, int]:
        """What its costs are counted of: servers, services, relays. The mail catcher stands for the outside world."""
        return {name: pid for name, pid in (self._servers.pids | self._processes.pids).items() if "mail" not in name}

    def settle(self, count: int, since: float) -> None:
        """Wait until all that follows from the referrals pushed since then has happened. Raises NotSettled."""
        if not until(lambda: self.is_settled(count, since), _SETTLE_SECONDS, every=1.0):
            raise NotSettled(f"{self.name}: not all of {count} referrals within {_SETTLE_SECONDS:.0f} s")

    def calm(self) -> None:
        """Let the database have written out what it has, so that this falls into nobody's turn."""
        self.tell("postgres", "checkpoint")

    def ask(self, database: str, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with closing(psycopg2.connect(self.url(database))) as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()

    def tell(self, database: str, *statements: str) -> None:
        """Carry out statements, each committed by itself."""
        with closing(psycopg2.connect(self.url(database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

    def url(self, database: str) -> str:
        """Address of a service's database, or of `postgres`."""
        assert self.at.postgres
        return self.at.postgres.url("postgres") if database == "postgres" else self.at.database(database)

    def moments(self, database: str, statement: str, referrals: Sequence[str]) -> dict[str, float]:
        """From a query that gives a referral's id and a moment."""
        rows = self.ask(database, statement, referrals=list(referrals))
        return {str(referral): moment.timestamp() for referral, moment in rows}


def _choose_ports(var: Path) -> None:
    """Ports that an installation beside us does not prefer, and so does not take while ours is between two turns."""
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    state, taken = State(var / "installation.json"), set[int]()
    for _ in _NAMES:
        taken.add(free_port(taken))
    state.values.setdefault("ports", dict(zip(_NAMES, taken, strict=True)))
    state.save()
