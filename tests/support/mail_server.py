"""A mail server of the test's own that answers as it is told: takes mail, refuses it, falls silent, hangs up."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

SILENCE = "silence"
HANG_UP = "hang up"


@dataclass(frozen=True)
class Arrived:
    """One mail that was taken."""

    sender: str
    recipients: tuple[str, ...]
    mail: EmailMessage

    @property
    def id(self) -> str:
        return str(self.mail["Message-ID"])

    def text(self) -> str:
        """Every word of it, as a reader gets to see it."""
        parts = [part.get_content() for part in self.mail.walk() if not part.is_multipart()]
        return "\n".join([*(f"{name}: {value}" for name, value in self.mail.items()), *parts])


class MailServer:
    """`answers` is what it says at a stage (`sender`, `recipient`, `data`) or to a recipient's address: a reply such as
    `450 later`, or SILENCE or HANG_UP. What has no answer there is taken."""

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, implicit: bool = False, password: str | None = None
    ) -> None:
        self.answers: dict[str, str] = {}
        self.arrived: list[Arrived] = []
        self.tries: dict[str, int] = defaultdict(int)
        self.signed_in = False
        self.port = 0
        self._tls = tls
        self._implicit = implicit
        self._password = password
        self._connections: list[SMTP] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """From now on connections are refused, and those that are open are cut off."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = await self._said(server, "sender", None)
        envelope.mail_from = address
        return said or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tries[address] += 1
        said = await self._said(server, "recipient", address)
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        said = await self._said(server, "data", None)
        if said is None:
            mail = message_from_bytes(envelope.original_content or b"", policy=default)
            assert isinstance(mail, EmailMessage)
            self.arrived.append(Arrived(str(envelope.mail_from), tuple(envelope.rcpt_tos), mail))
        return said or "250 OK"

    async def _said(self, server: SMTP, stage: str, address: str | None) -> str | None:
        answer = self.answers.get(address or "") or self.answers.get(stage)
        if answer == SILENCE:
            await asyncio.Event().wait()
        if answer == HANG_UP:
            assert server.transport is not None
            server.transport.close()
            await asyncio.Event().wait()
        return answer

    def _smtp(self) -> SMTP:
        auth: dict[str, Any] = {}
        if self._password is not None:
            # What is required of TLS, aiosmtpd knows only of STARTTLS.
            explicit = not self._implicit
            auth = {"authenticator": self._authenticate, "auth_required": explicit, "auth_require_tls": explicit}
        smtp = SMTP(
            self, hostname="mail.example", loop=self._loop, tls_context=None if self._implicit else self._tls,
            require_starttls=self._tls is not None and not self._implicit, **auth,
        )  # fmt: skip
        self._connections.append(smtp)
        return smtp

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.signed_in = data.password.decode() == self._password
        return AuthResult(success=self.signed_in, handled=False)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        context = self._tls if self._implicit else None
        server = await self._loop.create_server(self._smtp, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.abort()
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextlib.contextmanager
def silent_server() -> Iterator[str]:
    """Something that takes connections and never says a word; its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"


def address_of_nobody() -> str:
    """Where connections are refused."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"smtp://127.0.0.1:{listening.getsockname()[1]}"
