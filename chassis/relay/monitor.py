"""Health and metrics of a relay over HTTP, where HEALTH_ADDRESS asks for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import psycopg2
import structlog

from chassis import metrics
from chassis.database import Database
from chassis.health import Health
from chassis.queries import Queries

log = structlog.get_logger()

_QUERIES = Queries.load(Path(__file__).parent.parent / "sql" / "relay.sql")
_LANES: Final = {0: "interactive", 1: "bulk"}
_JSON: Final = "application/json"
_TIMEOUT_MS: Final = 2_000

Answer = tuple[int, str, bytes]


class Monitor:
    """Answers `/health/live`, `/health/ready` and `/metrics` from a thread of its own."""

    def __init__(self, address: tuple[str, int], health: Health, database: Database) -> None:
        self._health = health
        self._database = database
        self._server = ThreadingHTTPServer(address, _handler(self.answer))
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="monitor", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> Answer:
        """Status, content type and body for a GET of this path."""
        match path.partition("?")[0]:
            case "/health/live":
                return 200, _JSON, b'{"status": "pass"}'
            case "/health/ready":
                status, parts = self._health.report()
                body = json.dumps({"status": status, "checks": parts}).encode()
                return (503 if status == "fail" else 200), _JSON, body
            case "/metrics":
                self._measure()
                return 200, metrics.CONTENT_TYPE, metrics.render()
        return 404, _JSON, b'{"status": 404, "title": "Not Found"}'

    def _measure(self) -> None:
        """How much waits. With the database away the last known figures stay, and `ready` says why."""
        try:
            found = self._depth()
        except psycopg2.Error as problem:
            log.warning("outbox_not_measured", error=type(problem).__name__)
            return
        for lane, name in _LANES.items():
            depth, age = found.get(lane, (0, 0.0))
            metrics.outbox_depth.labels(lane=name).set(depth)
            metrics.outbox_age.labels(lane=name).set(age)

    def _depth(self) -> dict[int, tuple[int, float]]:
        connection = self._database.dedicated(statement_timeout_ms=_TIMEOUT_MS)
        try:
            with connection.cursor() as cursor:
                cursor.execute(_QUERIES["depth"])
                return {lane: (depth, age) for lane, depth, age in cursor.fetchall()}
        finally:
            connection.close()


def _handler(answer: Callable[[str], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5
        server_version = "relay"
        sys_version = ""

        def do_GET(self) -> None:
            status, content_type, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Requests of monitors are not worth a line."""

    return Handler
