"""What answers one HTTP operation of a service, in one transaction.

The handler runs in a nameko worker. Its transaction is committed before the answer goes out: what a client was told
has happened, whatever dies next. Whatever is raised undoes everything.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, cast

import psycopg2
from eventlet.event import Event
from nameko.web.handlers import HttpRequestHandler
from werkzeug.wrappers import Request

from chassis.failpoints import failpoint
from chassis.http.call import Call
from chassis.http.idempotency import Ticket
from chassis.http.operation import Operation
from chassis.http.paging import Cursors
from chassis.http.problem import Problem
from chassis.http.reading import KEY_HEADER, Reader
from chassis.http.replies import Reply, Writer
from chassis.http.server import Server
from chassis.identity import Caller
from chassis.service_database import configured
from chassis.settings import HttpSettings
from chassis.tracing import current_traceparent
from chassis.unit import Unit

ATTEMPTS: Final = 3
COLLISIONS: Final = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: another transaction won, this one may simply begin again."""


class Endpoint(HttpRequestHandler):
    """The entrypoint behind :func:`chassis.http.declaring.endpoint`."""

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
        left = self.server.rates.take(caller)
        try:
            reply = self._handled(request, arguments, caller)
        except Problem as problem:
            problem.headers |= left
            raise
        reply.headers |= left
        return reply

    def _handled(self, request: Request, arguments: dict[str, Any], caller: Caller) -> Reply:
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
            guarded=self.operation.guarded,
        )
        return self._carried_out(call, arguments, self._ticket(request, call))

    def refusal(self, request: Request, problem: Problem, trace_id: str) -> Reply:
        """What who asked is told when it could not be done."""
        return Reply.of_problem(problem, trace_id)

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
        return self.server.idempotency.ticket(key, *parts, call.raw, caller=call.caller.owner)

    def _carried_out(self, call: Call, arguments: dict[str, Any], ticket: Ticket | None) -> Reply:
        for left in reversed(range(ATTEMPTS)):
            try:
                return self._attempt(call, arguments, ticket)
            except psycopg2.Error as problem:
                if problem.pgcode not in COLLISIONS or not left:
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

    def _reply(self, call: Call, result: Any) -> Reply:
        return self._writer.reply(result)

    def _finish(
        self, done: Event, unit: Unit, call: Call, ticket: Ticket | None, _: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        try:
            if exc_info is None:
                reply = self._reply(call, result)
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
