"""`@page("GET", "/referrals", scope=…, template=…)`: a page as an operation, with all that operations share.

The request goes the same way as an endpoint's: one transaction, committed before the answer, with access log, metrics
and trace. What differs: a session in place of a token, a form in place of JSON, HTML in place of problems.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote

import eventlet
import structlog
from marshmallow import Schema
from nameko.extensions import register_entrypoint
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from chassis.http.call import Answer, Call
from chassis.http.declaring import check_arguments
from chassis.http.endpoint import Endpoint
from chassis.http.headers import HTML
from chassis.http.paging import Cursors
from chassis.http.problem import BadInput, FieldError, Problem
from chassis.http.rates import FORMS
from chassis.http.replies import Reply
from chassis.identity import ANYONE, Caller
from chassis.pages import answering, single
from chassis.pages.admitting import Door
from chassis.pages.call import Again, PageCall, SeeOther, Shown
from chassis.pages.forms import KEPT, VERSION, Typed
from chassis.pages.headers import HEADERS
from chassis.pages.kept import CHANGED, WRONG, KeptForms
from chassis.pages.operation import PageOperation
from chassis.pages.reading import PageReader
from chassis.pages.refusing import wants_problem
from chassis.pages.shared import PageSupport
from chassis.pages.single import SENT_BEFORE
from chassis.pages.visit import Visit
from chassis.unit import Unit

log = structlog.get_logger()
F = TypeVar("F", bound=Callable[..., Any])
_WHAT_FOR: Final = "Sec-Fetch-Dest"
"""The header by which a browser says that what it asks for becomes a page in its history."""


def page(
    method: str,
    path: str,
    *,
    scope: str | None,
    template: str | None = None,
    form: type[Schema] | None = None,
    query: type[Schema] | None = None,
    again: str | None = None,
    back: str | None = None,
    signed_in: bool | None = None,
    once: bool = False,
) -> Callable[[F], F]:
    """Declare a method of a service as a page (GET) or as what a form is sent to (POST); see :class:`PageOperation`.

    Without `scope` a page is public unless `signed_in` says otherwise. Raises BadDeclaration at import.
    """

    def register(handler: F) -> F:
        summary = inspect.cleandoc(handler.__doc__ or "").partition("\n")[0]
        known = scope is not None if signed_in is None else signed_in
        operation = PageOperation(
            method, path, scope, form, query, summary=summary, below="pages", produces=HTML, shows=template,
            signed_in=known, again=again, back=back, once=once,
        )  # fmt: skip
        check_arguments(handler, operation)
        register_entrypoint(handler, PageEndpoint(operation))
        return handler

    return register


class PageEndpoint(Endpoint):
    """The entrypoint behind :func:`page`."""

    operation: PageOperation
    support = PageSupport()

    def setup(self) -> None:
        super().setup()
        self._pages = PageReader(self.operation)
        self._door = Door(
            self.support, self.server.database.database, self.operation, self.method_name, self.page_of_form
        )
        _ = self.support.visits, self.support.renderer  # whatever is wrong with them is said at start

    def start(self) -> None:
        self.server.admission.sessions = partial(self.support.caller_of, self.server.database.database)
        super().start()

    def handle(self, request: Request, arguments: dict[str, Any]) -> Reply:
        """Answer one visit. Raises Problem, psycopg2.Error, or whatever the handler raises."""
        visit = self.support.visits.of(request)
        self._door.confirm(request, visit)
        request.environ["meedoen.caller"] = visit.session.caller if visit.session else ANYONE
        typed: Typed = {}
        if self.operation.method == "POST":
            self.support.visits.refuse_other_origins(request)
            typed = self._pages.typed(request)
        self._door.admit(request, visit, typed, arguments)
        if self.operation.method == "POST":
            self._count(request.environ["meedoen.caller"])
        call = self._call(request, visit, typed)
        try:
            call.query, call.body = self._pages.query(request), self._pages.body(typed)
            return self._carried_out_once(call, arguments)
        except BadInput as wrong:
            if self.operation.again is None or any(error["location"] != "body" for error in wrong.errors):
                raise
            return self._sent_back(request, visit, typed, arguments, wrong.errors)
        except Problem as problem:
            if problem.status == 412 and self.operation.again is not None and visit.session is not None:
                problem.extra["kept_at"] = self._door.kept_at(visit.session.owner, typed, CHANGED, arguments)
            raise

    def _sent_back(
        self, request: Request, visit: Visit, typed: Typed, arguments: dict[str, Any], errors: list[FieldError]
    ) -> Reply:  # fmt: skip
        """The page of the form, with what is wrong. A browser is sent to an address of its own for that (ADR 0035)."""
        spent = any(error["code"] == SENT_BEFORE for error in errors)
        if visit.session is not None and request.headers.get(_WHAT_FOR) == "document":
            log.info("form_sent_back", form=self.method_name, codes=sorted({error["code"] for error in errors}))
            address = self._door.kept_at(visit.session.owner, typed, WRONG, arguments, errors=errors, is_spent=spent)
            return Reply(303, HEADERS | {"Location": address}, cookies=list(visit.cookies))
        again = Again(self.method_name, typed, self._said(errors, typed, visit), is_spent=spent)
        return self._page(self.operation.again).show(request, self._narrowed(arguments), again)

    def _count(self, caller: Caller) -> None:
        """What somebody sends counts for their organisation, apart from its machines; looking does not (ADR 0025)."""
        self.server.rates.take(caller, FORMS)

    def _carried_out_once(self, call: PageCall, arguments: dict[str, Any]) -> Reply:
        """As often as it is sent under one key, once: a second click waits for what became of the first."""
        if not self.operation.once:
            return self._carried_out(call, arguments, None)
        ticket = single.ticket(self.server.idempotency, call)
        for left in reversed(range(single.LOOKS)):
            try:
                return self._carried_out(call, arguments, ticket)
            except Problem as problem:
                if not single.is_running(problem) or not left:
                    raise single.told(problem) from problem
            eventlet.sleep(single.SECONDS_BETWEEN)
        raise AssertionError("the last look answers or raises")

    def show(self, request: Request, arguments: dict[str, Any], again: Again) -> Reply:
        """This page once more, with the form on it as it was typed and what is wrong with it."""
        call = self._call(request, self.support.visits.of(request), {})
        call.again, call.path, call.query = again, self._path(arguments), self._pages.query_of_nothing()
        reply = self._carried_out(call, arguments, None)
        reply.status = 400
        return reply

    def page_of_form(self, arguments: dict[str, Any]) -> str:
        """The address of the page with the form that is sent here; this service's first page where it says none."""
        return self._address(self.operation.again, arguments)

    def refusal(self, request: Request, problem: Problem, trace_id: str) -> Reply:
        """A page for people, `application/problem+json` for machines."""
        if wants_problem(request):
            return super().refusal(request, problem, trace_id)
        sent = request.method == "POST" and self.operation.method == "POST"
        handler = (self.operation.back or self.operation.again) if sent or problem.status == 409 else None
        back = self._address(handler, request.environ["meedoen.arguments"]) if handler else None
        return answering.refused(self.support, request, problem, trace_id, back)

    def _reply(self, call: Call, result: Any) -> Reply:
        assert isinstance(call, PageCall)
        if isinstance(result, Answer):
            reply = self._writer.reply(result)
            reply.headers = HEADERS | reply.headers
            reply.cookies = [*call.visit.cookies, *call.cookies]
            return reply
        if isinstance(result, SeeOther):
            return answering.see_other(self.support, call, result)
        shown = result if isinstance(result, Shown) else Shown(self.operation.shows or "", result)
        return answering.shown(self.support, call, shown)

    def _call(self, request: Request, visit: Visit, typed: Typed) -> PageCall:
        return PageCall(
            caller=visit.session.caller if visit.session else ANYONE,
            body=None,
            query={},
            headers=cast(Mapping[str, str], _with_version(request, typed)),
            method=request.method,
            path=self._below_api(request.path) or "/",
            base_url=f"/{self.container.service_name}",
            arguments={name: values for name, values in request.args.lists() if name != KEPT and any(values)},
            cursors=Cursors(self.server.sealer, f"page:{self.operation.path}"),
            typed=typed,
            session=visit.session,
            language=visit.language,
            visit=visit,
            visits=self.support.visits,
            count=self._count,
            sent_cookies=request.cookies,
            again=self._kept(request, visit),
        )

    def _kept(self, request: Request, visit: Visit) -> Again | None:
        """The form that waited until its owner had signed in again."""
        kept_id = request.args.get(KEPT)
        if kept_id is None or visit.session is None or self.operation.method != "GET":
            return None
        with Unit(self.server.database.database) as unit:
            found = KeptForms(unit).kept(self.support.visits.seals, kept_id, visit.session.owner)
        if found is None:
            return None
        was_kept = "" if found.because == WRONG else found.because
        return Again(
            found.form,
            found.typed,
            self._said(found.errors, found.typed, visit),
            was_kept,
            is_spent=found.is_spent,
            kept_id=kept_id,
        )

    def _page(self, handler: str | None) -> PageEndpoint:
        for one in self.server.providers():
            if isinstance(one, PageEndpoint) and one.method_name == handler:
                return one
        raise LookupError(f"{self.method_name}: there is no page {handler}")

    def _narrowed(self, arguments: dict[str, Any], handler: str | None = None) -> dict[str, Any]:
        page = self._page(handler or self.operation.again)
        return {name: arguments[name] for name, _ in page.operation.parameters}

    def _address(self, handler: str | None, arguments: dict[str, Any]) -> str:
        first = f"/{self.container.service_name}"
        return f"{first}{self._page(handler)._path(self._narrowed(arguments, handler))}" if handler else first

    def _path(self, arguments: dict[str, Any]) -> str:
        return self.operation.filled({name: quote(str(value)) for name, value in arguments.items()})

    def _said(self, errors: list[FieldError], typed: Typed, visit: Visit) -> list[FieldError]:
        told = self.support.renderer.told
        return [{**error, "message": told(visit.language, error, typed)} for error in errors]


def _with_version(request: Request, typed: Typed) -> Headers:
    """The request's headers; the version that a form was made from counts as If-Match."""
    headers = Headers(list(request.headers.items()))
    if typed.get(VERSION):
        headers["If-Match"] = f'"{typed[VERSION][0]}"'
    return headers
