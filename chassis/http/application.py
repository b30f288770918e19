"""Finds the endpoint of a request, and makes an answer of whatever comes back: nothing raised reaches a client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final, Protocol

import psycopg2
import structlog
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import BaseConverter, IntegerConverter, Map, Rule
from werkzeug.wrappers import Request

from chassis.database import is_infrastructure, took_too_long
from chassis.health import health
from chassis.http.headers import HTML, OPEN_TO_ALL_ORIGINS, Headers, merged
from chassis.http.operation import Operation
from chassis.http.problem import NotFound, Problem, TookTooLong, Unavailable
from chassis.http.replies import Reply
from chassis.metrics import http_requests, http_running
from chassis.tracing import Trace, step

log = structlog.get_logger()
access = structlog.get_logger("access")

_UNKNOWN: Final = "(unknown)"
_QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_DISCARDED: Final = 64 * 1024
"""So much of an unread body is read to keep a connection; for more the connection is closed."""


class Endpoint(Protocol):
    """What answers at a path."""

    operation: Operation

    def handle(self, request: Request, arguments: dict[str, Any]) -> Reply: ...

    def refusal(self, request: Request, problem: Problem, trace_id: str) -> Reply:
        """How a problem is told to whoever asks here."""


class _Uuid(BaseConverter):
    regex = "[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"

    def to_python(self, value: str) -> str:
        return value.lower()


class _Number(IntegerConverter):
    regex = r"\d{1,9}"


class Application:
    """The WSGI application of one service."""

    def __init__(
        self, service: str, endpoints: Sequence[Endpoint], standard: Headers, slots: Callable[[], Any]
    ) -> None:
        self._standard = standard
        self._slots = slots
        self._page = next((one for one in endpoints if one.operation.produces == HTML), None)
        self._map = Map(converters={"uuid": _Uuid, "int": _Number}, merge_slashes=False)
        for endpoint in endpoints:
            for path in endpoint.operation.mounts(service):
                self._map.add(Rule(path, methods=[endpoint.operation.method], endpoint=endpoint))
        self._router = self._map.bind("service")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        begun = perf_counter()
        request = Request(environ)
        endpoint, arguments, found = self._find(request)
        route = endpoint.operation.route if endpoint else _UNKNOWN
        http_running.inc()
        environ["meedoen.arguments"] = arguments
        facts = {"http.request.method": request.method, "http.route": route}
        try:
            with step(f"{request.method} {route}", request.headers.get("traceparent"), kind="server", **facts) as trace:
                reply = self._reply(request, endpoint, arguments, found, trace)
                _tell(request, route, reply, perf_counter() - begun)
        finally:
            http_running.dec()
        return self._send(request, reply, environ, start_response)

    def _find(self, request: Request) -> tuple[Endpoint | None, dict[str, Any], Problem | None]:
        if "\0" in request.path:
            return None, {}, NotFound()
        try:
            endpoint, arguments = self._router.match(request.path, request.method)
        except MethodNotAllowed as refusal:
            return None, {}, _not_allowed(refusal.valid_methods)
        except HTTPException:
            return None, {}, NotFound()
        return endpoint, dict(arguments), None

    def _reply(
        self,
        request: Request,
        endpoint: Endpoint | None,
        arguments: dict[str, Any],
        found: Problem | None,
        trace: Trace,
    ) -> Reply:
        try:
            if endpoint is None:
                return _options(request, found) or self._refused(request, None, found or NotFound(), trace)
            if endpoint.operation.prompt:
                reply = endpoint.handle(request, arguments)
            else:
                with self._slots():
                    reply = endpoint.handle(request, arguments)
            if endpoint.operation.open_to_origins:
                reply.headers |= OPEN_TO_ALL_ORIGINS
            return reply
        except Exception as problem:  # noqa: BLE001 (answered as a problem and logged; a client sees no exception)
            return self._refused(request, endpoint, _problem(problem), trace)

    def _refused(self, request: Request, endpoint: Endpoint | None, problem: Problem, trace: Trace) -> Reply:
        """As who asks can read it: a person in a browser gets a page, also where nothing is."""
        if endpoint is None and self._page is not None and _is_browser(request):
            endpoint = self._page
        if endpoint is None:
            return Reply.of_problem(problem, trace.trace_id)
        return endpoint.refusal(request, problem, trace.trace_id)

    def _send(
        self, request: Request, reply: Reply, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        protocol = environ.get("meedoen.protocol")
        last = reply.headers.pop("Connection", "") == "close" or _leaves_much(environ)
        if protocol is not None and (last or health.stopping):
            protocol.close_after_answer()
        headers = merged(self._standard, reply.headers) + [("Set-Cookie", cookie) for cookie in reply.cookies]
        if reply.status not in {204, 304}:
            headers.append(("Content-Length", str(len(reply.body))))
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", headers)
        return [b"" if request.method == "HEAD" or reply.status in {204, 304} else reply.body]


def _is_browser(request: Request) -> bool:
    return "/v1/" not in request.path and "text/html" in request.headers.get("Accept", "")


def _not_allowed(methods: Iterable[str] | None) -> Problem:
    allowed = ", ".join(sorted({*(methods or ()), "OPTIONS"}))
    return Problem(405, detail=f"Allowed here: {allowed}.", headers={"Allow": allowed})


def _options(request: Request, found: Problem | None) -> Reply | None:
    if request.method != "OPTIONS" or found is None or found.status != 405:
        return None
    more = OPEN_TO_ALL_ORIGINS if request.path.endswith("/openapi.json") else {}
    return Reply(204, {"Allow": found.headers["Allow"], **more})


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        if error.status >= 500:
            log.warning("request_refused", status=error.status, exc_info=error)
        return error
    if isinstance(error, psycopg2.Error) and is_infrastructure(error):
        log.warning("database_away", exc_info=error)
        return Unavailable("The database does not answer now. Send the same request again in a moment.")
    if took_too_long(error):
        log.error("statement_took_too_long", exc_info=error)
        return TookTooLong()
    log.error("request_failed", exc_info=error)
    return Problem(500, detail="Something went wrong on our side. It was logged under this trace id.")


def _leaves_much(environ: dict[str, Any]) -> bool:
    body = environ.get("wsgi.input")
    if getattr(body, "chunked_input", False):
        return not getattr(body, "ended", False)
    return (getattr(body, "content_length", 0) or 0) - getattr(body, "position", 0) > _DISCARDED


def _tell(request: Request, route: str, reply: Reply, seconds: float) -> None:
    # By template: a path that nobody serves may hold anything, and so may a query.
    method = request.method if request.method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other"
    http_requests.labels(method, route, str(reply.status)).observe(seconds)
    if route in _QUIET and reply.status < 400:
        return
    caller = request.environ.get("meedoen.caller")
    who = {"caller": caller.kind} if caller else {}
    if caller and caller.kind == "client":
        who["client_id"] = caller.id
    access.info("http_request", method=method, route=route, status=reply.status, ms=round(seconds * 1000, 1),
                bytes=len(reply.body), **who)  # fmt: skip


__all__ = ["Application"]
