"""What notifications is told by its environment."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import getaddresses
from urllib.parse import unquote, urlsplit

from chassis import parsers
from chassis.settings import setting
from contracts.pages import WORK
from services.notifications.domain.delivery import Patience


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over. `security` is `none`, `starttls` (required) or `tls` from the first byte."""

    host: str
    port: int
    security: str
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"SmtpServer({self.host}:{self.port}, {self.security})"


_SCHEMES = {"smtp": ("none", 25), "smtp+starttls": ("starttls", 587), "smtps": ("tls", 465)}


def smtp_server(text: str) -> SmtpServer:
    """`smtp://host:port`, `smtp+starttls://user:password@host` or `smtps://user:password@host`."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as problem:
        raise ValueError("is not an address") from problem
    if url.scheme not in _SCHEMES or not url.hostname or url.path.strip("/") or url.query:
        raise ValueError("must look like smtp://host:25, smtp+starttls://user:password@host or smtps://…")
    security, usual = _SCHEMES[url.scheme]
    if url.username and security == "none" and not _is_here(url.hostname):
        raise ValueError("would send a password in the clear; use smtp+starttls:// or smtps://")
    return SmtpServer(
        url.hostname,
        port or usual,
        security,
        unquote(url.username) if url.username else None,
        unquote(url.password or "") if url.username else None,
    )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def sender(text: str) -> Address:
    """`meedoen@library.example` or `Meedoen <meedoen@library.example>`."""
    (name, address), *others = getaddresses([text])
    if address.isascii() and address.count("@") == 1 and not others:
        try:
            found = Address(display_name=name, addr_spec=address)
        except ValueError as problem:
            raise ValueError("is not an e-mail address") from problem
        if found.username and "." in found.domain:
            return found
    raise ValueError("must be an e-mail address, such as Meedoen <meedoen@library.example>")


@dataclass(frozen=True)
class MailSettings:
    """How mail is sent. Times are seconds, unless the variable says days.

    With the usual waits, 124 attempts take five days: as long as mail servers try among each other.
    """

    server: SmtpServer = setting("SMTP_URL", smtp_server, secret=True)
    sender: Address = setting("MAIL_FROM", sender)
    staff_url: str | None = setting("STAFF_URL", parsers.base_url, default=None)
    timeout: float = setting("SMTP_TIMEOUT", parsers.seconds, default=15.0)
    lot: int = setting("MAIL_LOT", parsers.whole(1, 1000), default=50)
    longest_run: float = setting("MAIL_LONGEST_RUN", parsers.seconds, default=10.0)
    retry_first: float = setting("MAIL_RETRY_FIRST", parsers.seconds, default=60.0)
    retry_most: float = setting("MAIL_RETRY_MOST", parsers.seconds, default=3600.0)
    attempts: int = setting("MAIL_ATTEMPTS", parsers.whole(1, 10_000), default=124)
    server_retry_first: float = setting("MAIL_SERVER_RETRY_FIRST", parsers.seconds, default=2.0)
    server_retry_most: float = setting("MAIL_SERVER_RETRY_MOST", parsers.seconds, default=120.0)
    gather: float = setting("MAIL_GATHER", parsers.seconds, default=300.0)
    retention_days: int = setting("NOTICE_RETENTION_DAYS", parsers.whole(35, 3660), default=400)

    @property
    def work_url(self) -> str | None:
        """The page that mails lead to; None where nobody said at which origin the pages are."""
        return f"{self.staff_url}{WORK}" if self.staff_url else None

    @property
    def patience_with_mail(self) -> Patience:
        """How often one mail is tried."""
        return Patience(self.retry_first, self.retry_most, self.attempts)

    @property
    def patience_with_server(self) -> Patience:
        """How often the server is looked for: without end."""
        return Patience(self.server_retry_first, self.server_retry_most, 1 << 62)

    @property
    def lease(self) -> float:
        """Seconds within which an attempt is over, whatever the server does: it answers some eight times at most."""
        return self.timeout * 12
