"""How psycopg2 waits for an answer: not for ever.

A server that is cut off is noticed by TCP, but not one behind a proxy that keeps the connection open and passes nothing
on, and a green connection knows no connect_timeout. So each connection says how long its server may be silent.
"""

from __future__ import annotations

import select
import time
from typing import Any, Final

import psycopg2
import psycopg2.extensions

CONNECT_TIMEOUT_S: Final = 5
MARGIN_S: Final = 5.0
"""How much longer than the server's own statement_timeout we wait before we believe that it is gone."""

_EVENTS: Final = {psycopg2.extensions.POLL_READ: select.POLLIN, psycopg2.extensions.POLL_WRITE: select.POLLOUT}


class SilentServer(psycopg2.OperationalError):
    """The server did not answer in the time that this connection gives it."""


class Patient(psycopg2.extensions.connection):
    """A connection with a limit to its patience, in seconds; None waits for ever. While connecting it is short."""

    patience_s: float | None = CONNECT_TIMEOUT_S


def wait_plainly() -> None:
    """From now on this process waits with that limit. For processes without eventlet."""
    psycopg2.extensions.set_wait_callback(_wait)


def wait_green() -> None:
    """From now on this process waits with that limit, and cooperatively. Only after eventlet has patched it."""
    from eventlet import Timeout
    from psycogreen.eventlet import eventlet_wait_callback

    def wait(connection: Patient) -> None:
        patience_s = getattr(connection, "patience_s", None)
        with Timeout(patience_s, _silent(patience_s)):
            eventlet_wait_callback(connection)

    psycopg2.extensions.set_wait_callback(wait)


def _wait(connection: Any) -> None:
    patience_s = getattr(connection, "patience_s", None)
    deadline = None if patience_s is None else time.monotonic() + patience_s
    while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
        poller = select.poll()
        poller.register(connection.fileno(), _EVENTS[state])
        left_ms = None if deadline is None else max(deadline - time.monotonic(), 0) * 1000
        if not poller.poll(left_ms):
            raise _silent(patience_s)


def _silent(patience_s: float | None) -> SilentServer:
    return SilentServer(f"the database did not answer within {patience_s} s")
