"""The listening socket of a service: bounded connections, bounded requests, and an end that cuts nobody off."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final

import eventlet
import structlog
from eventlet import wsgi
from eventlet.event import Event
from eventlet.greenpool import GreenPool
from eventlet.semaphore import Semaphore
from nameko.web.server import WebServer

from chassis.health import Unwell, health
from chassis.http.admission import Admission
from chassis.http.application import Application
from chassis.http.headers import standard
from chassis.http.idempotency import Idempotency
from chassis.http.problem import Unavailable
from chassis.http.protocol import LONGEST_LINE, Protocol
from chassis.identity import Verifier
from chassis.metrics import http_connections
from chassis.revocation import Revocations
from chassis.sealing import Sealer
from chassis.service_database import ServiceDatabase, configured
from chassis.settings import HttpSettings, IdentitySettings, SealingSettings

log = structlog.get_logger()

_BACKLOG: Final = 1024
_WAIT_FOR_SLOT: Final = 10.0
_WAIT_FOR_DATABASE: Final = 3.0


class Server(WebServer):
    """One per service; endpoints share it."""

    database = ServiceDatabase()

    def setup(self) -> None:
        self.settings = configured(self.container, HttpSettings)
        self.sealer = Sealer(configured(self.container, SealingSettings).master_key)
        self.idempotency = Idempotency(self.sealer)
        verifier = Verifier(configured(self.container, IdentitySettings).issuers)
        self.admission = Admission(verifier, Revocations(self.database.database))
        health.register("database", self._ask_database, essential=True)
        self._slots = Semaphore(self.settings.workers)
        self._connections: dict[int, list[Any]] = {}
        self._pool = GreenPool(self.settings.connections)
        self._drained: Event | None = None
        self._listeners: list[Any] = []
        self._accepting: list[Any] = []

    def _ask_database(self) -> None:
        patience = eventlet.Timeout(_WAIT_FOR_DATABASE, Unwell("did not answer in time"))
        with patience, self.database.database.connection() as connection, connection.cursor() as cursor:
            cursor.execute("select 1")

    def base_url(self, below: str) -> str:
        """Where clients reach this service; its API, or the service itself."""
        return self.settings.public_url + ("/v1" if below == "api" else "")

    def address(self) -> str:
        """Where it listens, with the port that it got."""
        host, port = self._listeners[0].getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def start(self) -> None:
        if self._listeners:
            return
        own = [self.settings.process_address] if self.settings.process_address else []
        self._listeners = [_listen(address) for address in (self.settings.address, *own)]
        self._serv = self.get_wsgi_server(self._listeners[0], self.get_wsgi_app())
        self._accepting = [
            self.container.spawn_managed_thread(partial(self._accept, listener), identifier="http")
            for listener in self._listeners
        ]

    def get_wsgi_app(self) -> Application:
        version = standard(self.container.service_cls.api_version)
        return Application(self.container.service_name, list(self._providers), version, self.slot)

    def get_wsgi_server(self, sock: Any, wsgi_app: Any, protocol: Any = Protocol, debug: bool = False) -> wsgi.Server:
        strict = type("ServiceProtocol", (protocol,), {"standard": standard(self.container.service_cls.api_version)})
        return wsgi.Server(
            sock, sock.getsockname(), wsgi_app, protocol=strict, debug=debug, log_output=False,
            keepalive=self.settings.keep_alive, socket_timeout=self.settings.read_timeout,
            url_length_limit=LONGEST_LINE,
        )  # fmt: skip

    @contextmanager
    def slot(self) -> Iterator[None]:
        """One of the requests that may be handled at the same time. Raises a Problem, 503, when none comes free."""
        if not self._slots.acquire(timeout=_WAIT_FOR_SLOT):
            raise Unavailable("Too many requests are being handled now.", retry_after=5)
        try:
            yield
        finally:
            self._slots.release()

    def _accept(self, listener: Any) -> None:
        while self._is_accepting:
            try:
                sock, address = listener.accept()
            except OSError as problem:
                # Out of file descriptors, or a client that was gone at once: neither may end the service.
                log.warning("connection_not_accepted", code=errno.errorcode.get(problem.errno or 0, "unknown"))
                eventlet.sleep(0.1)
                continue
            self._pool.spawn_n(self._serve, sock, address)

    def _serve(self, sock: Any, address: Any) -> None:
        connection = [address, sock, wsgi.STATE_IDLE]
        self._connections[id(connection)] = connection
        http_connections.inc()
        sock.settimeout(self.settings.read_timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._serv.process_request(connection)
        except OSError:
            log.debug("connection_lost")
        except Exception as problem:
            log.error("connection_failed", exc_info=problem)
        finally:
            http_connections.dec()
            del self._connections[id(connection)]
            with suppress(OSError):
                sock.close()

    def drain(self) -> None:
        """Take no more connections, finish the requests that came, and return; later calls wait for the first."""
        if self._drained is not None:
            self._drained.wait()
            return
        self._drained = Event()
        health.stopping = True
        if self._listeners:
            self._stop_accepting()
            with eventlet.Timeout(self.settings.stop_grace, False):
                self._end_idle()
                self._pool.waitall()
            if self._connections:
                log.warning("requests_cut_off", connections=len(self._connections))
        self._drained.send(None)

    def _stop_accepting(self) -> None:
        self._is_accepting = False
        for thread in self._accepting:
            thread.kill()
        for listener in self._listeners:
            # Who is in the queue of the kernel was let in: with the socket closed they would be cut off.
            listener.settimeout(0)
            with suppress(OSError):
                while True:
                    self._pool.spawn_n(self._serve, *listener.accept())
            listener.close()
        eventlet.sleep(0)

    def _end_idle(self) -> None:
        for connection in list(self._connections.values()):
            idle = connection[2] == wsgi.STATE_IDLE
            connection[2] = wsgi.STATE_CLOSE
            if idle:
                # Reading ends, so the wait for a next request does; one that has arrived is still answered.
                with suppress(OSError):
                    connection[1].shutdown(socket.SHUT_RD)

    def stop(self) -> None:
        self.drain()

    def kill(self) -> None:
        self._is_accepting = False
        for listener in self._listeners:
            listener.close()


def _listen(address: str) -> Any:
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = eventlet.listen((host.strip("[]"), int(port)), family, _BACKLOG, reuse_port=True)
    # Otherwise the timeout that kombu sets as default for sockets ends the wait for clients.
    listener.settimeout(None)
    return listener
