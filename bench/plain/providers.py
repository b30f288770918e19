"""What the plain services depend on: a pool of connections, the check of tokens, a session with the mail server."""

from __future__ import annotations

import json
import os
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import orjson
import psycopg2
import psycopg2.extras
from eventlet.queue import LightQueue
from nameko.extensions import DependencyProvider

from chassis.identity import Caller, Verifier
from chassis.keys import KeyStore
from chassis.parsers import issuers
from services.notifications.mails import MailMaker

_CONNECTIONS = 20


class Pool:
    """Connections that are kept open; a transaction takes one and commits it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: LightQueue = LightQueue()
        for _ in range(_CONNECTIONS):
            self._free.put(None)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A cursor that gives rows as dictionaries; committed at the end, undone by an exception."""
        connection = self._free.get()
        try:
            connection = connection or psycopg2.connect(self._url)
            with connection, connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
                yield cursor
        finally:
            self._free.put(connection)


class Database(DependencyProvider):
    """`database = Database()`: the pool of this service's own database, from DATABASE_URL."""

    def setup(self) -> None:
        self._pool = Pool(os.environ["DATABASE_URL"])

    def get_dependency(self, worker_ctx: Any) -> Pool:
        return self._pool


class Tokens(DependencyProvider):
    """`callers = Tokens()`: who shows this token. The check is Meedoen's own; the keys come from the environment."""

    def setup(self) -> None:
        keys = KeyStore(fetch=lambda uri: orjson.loads(os.environ["ISSUER_KEYS"]))
        self._verifier = Verifier(issuers(os.environ["TRUSTED_ISSUERS"]), keys)

    def get_dependency(self, worker_ctx: Any) -> Any:
        return self._caller

    def _caller(self, authorization: str) -> Caller:
        return self._verifier.caller(authorization.removeprefix("Bearer "))


class Mailer:
    """Sends mail over sessions that stay open."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._free: LightQueue = LightQueue()
        for _ in range(_CONNECTIONS):
            self._free.put(None)
        self._maker = MailMaker(Address("Meedoen", "meedoen", "example.org"), None)

    def make(self, mail: dict[str, Any]) -> EmailMessage:
        """The text is Meedoen's own."""
        return self._maker.make(mail)

    def send(self, message: EmailMessage) -> None:
        """Raises what smtplib raises."""
        session = self._free.get()
        try:
            session = session or smtplib.SMTP(self._host, self._port, "localhost")
            session.send_message(message, message["From"].addresses[0].addr_spec, message["To"].addresses[0].addr_spec)
        finally:
            self._free.put(session)


class Mails(DependencyProvider):
    """`mailer = Mails()`."""

    def setup(self) -> None:
        self._mailer = Mailer(os.environ["SMTP_ADDRESS"])

    def get_dependency(self, worker_ctx: Any) -> Mailer:
        return self._mailer


def as_json(payload: Any) -> str:
    """JSON with times as text."""
    return json.dumps(payload, default=str)
