"""SIGTERM and SIGINT as something that loops can wait for."""

from __future__ import annotations

import select
import signal
import socket
from types import FrameType


class Stopping:
    """Whether the process was asked to stop. `fileno` becomes readable when a signal comes."""

    def __init__(self) -> None:
        self.requested = False
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)

    def install(self) -> None:
        """Take SIGTERM and SIGINT. Only in the main thread."""
        # The byte on the socket ends a wait at once; without it the handler runs, but the wait goes on.
        signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def request(self) -> None:
        """As if a signal had come."""
        self.requested = True
        self._write.send(b"\0")

    def fileno(self) -> int:
        return self._read.fileno()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until asked to stop; whether asked."""
        if not self.requested:
            select.select([self._read], [], [], seconds)
            self.drain()
        return self.requested

    def drain(self) -> None:
        """Forget the bytes; the request stays."""
        try:
            while self._read.recv(64):
                pass
        except BlockingIOError:
            return

    def close(self) -> None:
        """Let go of the sockets; nothing can be waited for any more."""
        self._read.close()
        self._write.close()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True
