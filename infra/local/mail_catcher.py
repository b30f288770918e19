"""`python -m infra.local.mail_catcher`: takes all mail that a local installation sends, and sends none of it on.

Each mail is kept as a file `<moment>-<id>.eml` in MAIL_DIRECTORY, which only its owner can read. The SMTP answer is
given when the file is whole on disk, as a real mail server promises.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from chassis import logs, parsers
from chassis.settings import SettingsError, read, setting

log = structlog.get_logger()

MAX_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class MailSettings:
    """Where mail is taken and where it is kept."""

    address: str = setting("SMTP_ADDRESS", parsers.address)
    directory: Path = setting("MAIL_DIRECTORY", Path)


class Keeper:
    """aiosmtpd's handler: keeps each mail as one file."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one mail; the SMTP answer."""
        body = envelope.original_content or b""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.eml"
        # The recipients of the envelope are what counts; headers may say otherwise.
        keep(self._directory / name, b"X-Envelope-To: " + ", ".join(envelope.rcpt_tos).encode() + b"\r\n" + body)
        log.info("mail_kept", file=name, recipients=len(envelope.rcpt_tos), bytes=len(body))
        return "250 kept"


def keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, for its owner alone."""
    draft = path.with_suffix(".part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


async def serve(address: str, directory: Path) -> None:
    """Take mail until SIGTERM or SIGINT."""
    host, _, port = address.rpartition(":")
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    keeper = Keeper(directory)
    server = await loop.create_server(
        lambda: SMTP(keeper, data_size_limit=MAX_BYTES, enable_SMTPUTF8=True, loop=loop), host, int(port)
    )
    log.info("mail_catcher_started", address=address)
    async with server:
        await stop.wait()


def main() -> int:
    """Run until a signal; the exit code."""
    logs.configure("info", "json", "mail-catcher")
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every step of every connection
    try:
        settings = read(MailSettings)
    except SettingsError as problem:
        sys.stderr.write(f"{problem}\n")
        return 78
    asyncio.run(serve(settings.address, settings.directory))
    return 0


if __name__ == "__main__":
    sys.exit(main())
