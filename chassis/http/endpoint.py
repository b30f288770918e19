"""`@endpoint("POST", "/referrals", scope=…)`: one HTTP operation of a service, in one transaction.

The handler runs in a nameko worker. Its transaction is committed before the answer goes out: what a client was told
has happened, whatever dies next. Whatever is raised undoes everything.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Final, TypeVar, cast

import psycopg2
from eventlet.event import Event
from marshmallow import Schema
from nameko.extensions import register_entrypoint
from nameko.web.handlers import HttpRequestHandler
from werkzeug.wrappers import Request

from chassis.failpoints import failpoint
from chassis.http.call import Call
from chassis.http.idempotency import Ticket
from chassis.http.operation import BadDeclaration, Operation
from chassis.http.paging import Cursors
from chassis.http.reading import KEY_HEADER, Reader
from chassis.http.replies import Reply, Writer
from chassis.http.server import Server
from chassis.service_database import configured
from chassis.settings import HttpSettings
from chassis.tracing import current_traceparent
from chassis.unit import Unit

F = TypeVar("F", bound=Callable[..., Any])
_ATTEMPTS: Final = 3
_COLLISIONS: Final = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: another transaction won, this one may simply begin again."""


def endpoint(
    method: str,
    path: str,
    *,
    scope: str | None,
    body: type[Schema] | None = None,
    query: type[Schema] | None = None,
    returns: type[Schema] | None = None,
    status: int = 200,
    idempotent: bool = False,
    summary: str = "",
    description: str = "",
    tags: Collection[str] = (),
    errors: Collection[int] = (),
    consumes: Collection[str] = (),
    **more: Any,
) -> Callable[[F], F]:
    """Declare a method of a service as an HTTP operation; :class:`Operation` says what each part means.

    Raises BadDeclaration at import for what cannot work.
    """

    def register(handler: F) -> F:
        said = inspect.cleandoc(handler.__doc__ or "")
        operation = Operation(
            method, path, scope, body, query, returns, status, idempotent,
            summary or said.partition("\n")[0], description or said, tuple(tags), tuple(errors), frozenset(consumes),
            **more,
        )  # fmt: skip
        _check(handler, operation)
        register_entrypoint(handler, Endpoint(operation))
        return handler

    return register


def _check(handler: Callable[..., Any], operation: Operation) -> None:
    takes = list(inspect.signature(handler).parameters)[1:]
    gets = ["call", *(name for name, _ in operation.parameters)]
    if sorted(takes) != sorted(gets):
        raise BadDeclaration(f"{handler.__qualname__} takes {takes}, {operation.path} gives {gets}")


class Endpoint(HttpRequestHandler):
    """The entrypoint behind :func:`endpoint`."""

    server = Server()

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        super().__init__(operation.method, operation.path)

    def setup(self) -> None:
        self._reader = Reader(self.operation, configured(self.container, HttpSettings).max_body)
        self._writer = Writer(self.operation)
        super().setup()

    def stop(self) -> None:
        self.server.drain()
        super().stop()

    def handle(self, request: Request, arguments: dict[str, Any]) -> Reply:
        """Answer one request. Raises Problem, psycopg2.Error, or whatever the handler raises."""
        caller = self.server.admission.admit(request.headers.get("Authorization"), self.operation.scope)
        request.environ["meedoen.caller"] = caller
        query, body, raw, media_type = self._reader.read(request)
        call = Call(
            caller=caller,
            body=body,
            query=query,
            headers=cast(Mapping[str, str], request.headers),
            method=request.method,
            path=self._below_api(request.path),
            base_url=self.server.base_url(self.operation.below),
            arguments=dict(request.args.lists()),
            cursors=Cursors(self.server.sealer, self.operation.path),
            raw=raw,
            content_type=media_type,
        )
        return self._carried_out(call, arguments, self._ticket(request, call))

    def _below_api(self, path: str) -> str:
        prefix = f"/{self.container.service_name}" + ("/v1" if self.operation.below == "api" else "")
        return path.removeprefix(prefix)

    def _ticket(self, request: Request, call: Call) -> Ticket | None:
        key = request.headers.get(KEY_HEADER)
        if not self.operation.idempotent or key is None:
            return None
        query = "&".join(sorted(request.query_string.decode("latin-1").split("&")))
        said = (call.method, call.path, query, call.content_type)
        parts = [part.encode() for part in said]
        return self.server.idempotency.ticket(key, *parts, call.raw, caller=f"{call.caller.kind}:{call.caller.id}")

    def _carried_out(self, call: Call, arguments: dict[str, Any], ticket: Ticket | None) -> Reply:
        for left in reversed(range(_ATTEMPTS)):
            try:
                return self._attempt(call, arguments, ticket)
            except psycopg2.Error as problem:
                if problem.pgcode not in _COLLISIONS or not left:
                    raise
        raise AssertionError("the last attempt answers or raises")

    def _attempt(self, call: Call, arguments: dict[str, Any], ticket: Ticket | None) -> Reply:
        unit = Unit(self.server.database.database, traceparent=current_traceparent())
        try:
            kept = self.server.idempotency.begin(unit, ticket) if ticket else None
            if kept is not None:
                return kept
            done = Event()
            finish = partial(self._finish, done, unit, call, ticket)
            worker = self.container.spawn_worker(self, (call,), dict(arguments), handle_result=finish)
            worker.unit = unit
            reply: Reply = done.wait()
            return reply
        finally:
            unit.close()

    def _finish(
        self, done: Event, unit: Unit, call: Call, ticket: Ticket | None, _: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        try:
            if exc_info is None:
                reply = self._writer.reply(result)
                if ticket is not None and reply.status < 400:
                    self.server.idempotency.keep(unit, ticket, reply, call.subject)
                failpoint("http-before-commit")
                unit.commit()
                failpoint("http-after-commit")
                done.send(reply)
                return result, None
        except Exception:  # noqa: BLE001 (handed to the waiting request, which answers and reports it)
            exc_info = sys.exc_info()
        done.send(None, exc_info)
        return None, exc_info
