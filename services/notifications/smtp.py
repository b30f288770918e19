"""Hands mails to the mail server over SMTP, one at a time over one connection; its sockets wait green in a service."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from services.notifications.domain.delivery import Delivered, Never, ServerAway, Verdict, verdict_on
from services.notifications.settings import SmtpServer

_BROKEN = (OSError, smtplib.SMTPServerDisconnected, EOFError)
"""The connection is no more, or never was: refused, cut off, silent for too long, or not speaking TLS as asked."""


class Away(Exception):
    """No connection on which mail could be sent; `verdict` says why."""

    def __init__(self, verdict: ServerAway) -> None:
        super().__init__(verdict.error)
        self.verdict = verdict


class SmtpSession:
    """One signed-in connection: `with SmtpSession(…) as session`. Raises Away when there is none to be had.

    `timeout` is in seconds, for each answer of the server.
    """

    def __init__(self, server: SmtpServer, *, timeout: float, local_name: str) -> None:
        self._server = server
        self._timeout = timeout
        self._local_name = local_name
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        try:
            self._smtp = self._connected()
        except smtplib.SMTPResponseException as refusal:
            raise Away(ServerAway(f"connect-{refusal.smtp_code}")) from refusal
        except smtplib.SMTPNotSupportedError as lack:
            raise Away(ServerAway("starttls-or-sign-in-not-offered")) from lack
        except _BROKEN as broken:
            raise Away(ServerAway(f"connect-{_why(broken)}")) from broken
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._smtp is None:
            return
        # A goodbye that nobody hears changes nothing: what was taken, was taken.
        with contextlib.suppress(smtplib.SMTPException, *_BROKEN):
            self._smtp.quit()
        self._smtp.close()

    def send(self, message: EmailMessage) -> Verdict:
        """Hand over one mail to its one recipient and wait for the answer. Raises nothing of the network's."""
        assert self._smtp is not None, "the session was not entered"
        try:
            self._smtp.send_message(message, _only(message["From"]), [_only(message["To"])])
        except smtplib.SMTPRecipientsRefused as refusal:
            ((code, _),) = refusal.recipients.values()
            return verdict_on("recipient", code)
        except smtplib.SMTPSenderRefused as refusal:
            return verdict_on("sender", refusal.smtp_code)
        except smtplib.SMTPResponseException as refusal:
            return verdict_on("data", refusal.smtp_code)
        except smtplib.SMTPNotSupportedError:
            return Never("address-refused", "address-not-ascii")
        except _BROKEN as broken:
            return ServerAway(f"send-{_why(broken)}")
        return Delivered()

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, self._local_name, timeout=self._timeout, context=ssl.create_default_context()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, self._local_name, timeout=self._timeout)
        try:
            if server.security == "starttls":
                smtp.starttls(context=ssl.create_default_context())
            if server.user is not None:
                smtp.login(server.user, server.password or "")
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp


def _only(header: Any) -> str:
    (address,) = header.addresses
    return str(address.addr_spec)


def _why(error: BaseException) -> str:
    """A code for a broken connection: what it said may quote what was sent."""
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, OSError):
        error = error.__context__  # what smtplib saw when it read the answer
    match error:
        case TimeoutError():
            return "silent"
        case ssl.SSLError():
            return "tls"
        case ConnectionRefusedError():
            return "refused"
        case smtplib.SMTPServerDisconnected() | EOFError() | ConnectionError():
            return "cut-off"
        case _:
            return "unreachable"


__all__ = ["Away", "SmtpSession"]
