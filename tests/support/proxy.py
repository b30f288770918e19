"""A TCP proxy between a process and its server, to cut, silence or reset what goes through it."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from collections import deque
from typing import Self


class Proxy:
    """Passes connections on to `target` until told otherwise. `address` is where to connect.

    `silence()` keeps all connections open and passes nothing on, `speak()` passes on what was held back, `reset()` ends
    all with RST, `refuse()` accepts nothing more until `accept()`, `delay(0.2)` passes everything on that much later.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._peers: dict[socket.socket, socket.socket] = {}
        self._changing = threading.RLock()
        self._silent = self._refusing = self._stopped = False
        self._delay_s = 0.0
        self._late: deque[tuple[float, socket.socket, bytes]] = deque()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def silence(self) -> None:
        self._silent = True

    def speak(self) -> None:
        self._silent = False

    def refuse(self) -> None:
        self._refusing = True

    def accept(self) -> None:
        self._refusing = False

    def delay(self, seconds: float) -> None:
        self._delay_s = seconds

    def reset(self) -> None:
        with self._changing:
            for one in list(self._peers):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._close(one)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._thread.join(5)
        self.reset()
        self._listener.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._stopped:
            events = self._selector.select(0.02)
            with self._changing:
                for key, _ in events:
                    if key.fileobj is self._listener:
                        self._accept()
                    elif not self._silent and isinstance(key.fileobj, socket.socket) and key.fileobj in self._peers:
                        self._pass_on(key.fileobj)
                self._deliver()
            if self._silent and events:
                threading.Event().wait(0.02)  # readable all the time, and not to be read

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if self._refusing:
            client.close()
            return
        try:
            server = socket.create_connection(self._target, timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(5)
        client.settimeout(5)
        for one, other in ((client, server), (server, client)):
            self._peers[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, one: socket.socket) -> None:
        try:
            data = one.recv(1 << 16)
            if data and (self._delay_s or self._late):
                self._late.append((time.monotonic() + self._delay_s, self._peers[one], data))
                return
            if data:
                self._peers[one].sendall(data)
                return
        except OSError:
            pass
        self._close(self._peers[one])
        self._close(one)

    def _deliver(self) -> None:
        """Pass on what was held back long enough; what is late keeps its order, whatever the delay is by now."""
        while self._late and not self._silent and self._late[0][0] <= time.monotonic():
            _, other, data = self._late.popleft()
            if other in self._peers:
                try:
                    other.sendall(data)
                except OSError:
                    self._close(self._peers[other])
                    self._close(other)

    def _close(self, one: socket.socket) -> None:
        if one in self._peers:
            del self._peers[one]
            self._selector.unregister(one)
            one.close()
