"""`@page("GET", "/referrals", scope=…, template=…)`: a page as an operation, with all that operations share.

The request goes the same way as an endpoint's: one transaction, committed before the answer, with access log, metrics
and trace. What differs: a session in place of a token, a form in place of JSON, HTML in place of problems.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import quote

from marshmallow import Schema
from nameko.extensions import register_entrypoint
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from chassis.http.call import Answer
from chassis.http.call import Call as BaseCall
from chassis.http.endpoint import Endpoint, check_arguments
from chassis.http.headers import HTML
from chassis.http.paging import Cursors
from chassis.http.problem import BadInput, Forbidden, Problem
from chassis.http.replies import Reply
from chassis.identity import ANYONE
from chassis.pages import addresses
from chassis.pages.call import Again, PageCall, SeeOther, Shown
from chassis.pages.forms import VERSION, Typed
from chassis.pages.headers import HEADERS
from chassis.pages.kept import KeptForms
from chassis.pages.operation import PageOperation
from chassis.pages.reading import KEPT, PageReader
from chassis.pages.refusing import facts_of, wants_problem
from chassis.pages.shared import PageSupport
from chassis.pages.visit import Visit
from chassis.unit import Unit

F = TypeVar("F", bound=Callable[..., Any])


def page(
    method: str,
    path: str,
    *,
    scope: str | None,
    template: str | None = None,
    form: type[Schema] | None = None,
    query: type[Schema] | None = None,
    again: str | None = None,
    signed_in: bool | None = None,
    csrf: bool = True,
) -> Callable[[F], F]:
    """Declare a method of a service as a page (GET) or as what a form is sent to (POST); see :class:`PageOperation`.

    Without `scope` a page is public unless `signed_in` says otherwise. Raises BadDeclaration at import.
    """

    def register(handler: F) -> F:
        summary = inspect.cleandoc(handler.__doc__ or "").partition("\n")[0]
        known = scope is not None if signed_in is None else signed_in
        operation = PageOperation(
            method, path, scope, form, query, summary=summary, below="pages", produces=HTML, shows=template,
            signed_in=known, again=again, csrf=csrf and known,
        )  # fmt: skip
        check_arguments(handler, operation)
        register_entrypoint(handler, PageEndpoint(operation))
        return handler

    return register


class Moved(Problem):
    """The browser has to go somewhere else first, and comes back."""

    def __init__(self, address: str, status: int = 303, machine_status: int = 401) -> None:
        super().__init__(machine_status, detail="Sign in first.")
        self.address, self.moved_status = address, status


class PageEndpoint(Endpoint):
    """The entrypoint behind :func:`page`."""

    operation: PageOperation
    support = PageSupport()

    def setup(self) -> None:
        super().setup()
        self._pages = PageReader(self.operation)
        _ = self.support.visits, self.support.renderer

    def handle(self, request: Request, arguments: dict[str, Any]) -> Reply:
        """Answer one visit. Raises Problem, psycopg2.Error, or whatever the handler raises."""
        visits, visit = self.support.visits, self.support.visits.of(request)
        self._confirm(request, visit)
        typed: Typed = {}
        if self.operation.method == "POST":
            visits.refuse_other_origins(request)
            typed = self._pages.typed(request)
        self._admit(request, visit, typed, arguments)
        request.environ["meedoen.caller"] = visit.session.caller if visit.session else ANYONE
        call = self._call(request, visit, typed)
        try:
            call.query, call.body = self._pages.query(request), self._pages.body(typed)
            return self._carried_out(call, arguments, None)
        except BadInput as wrong:
            if self.operation.again is None or any(error["location"] != "body" for error in wrong.errors):
                raise
            return self._once_more(request, arguments, Again(self.method_name, typed, self._said(wrong, visit)))

    def show(self, request: Request, arguments: dict[str, Any], again: Again, status: int) -> Reply:
        """This page, with a form on it as it was typed."""
        call = self._call(request, self.support.visits.of(request), {})
        call.again, call.path = again, self._filled(arguments)
        call.query = self._pages.query_of_nothing()
        reply = self._carried_out(call, arguments, None)
        reply.status = status
        return reply

    def _once_more(self, request: Request, arguments: dict[str, Any], again: Again) -> Reply:
        return self._page_of_form().show(request, self._narrowed(arguments), again, 400)

    def _page_of_form(self) -> PageEndpoint:
        for one in self.server.providers():
            if isinstance(one, PageEndpoint) and one.method_name == self.operation.again:
                return one
        raise LookupError(f"{self.method_name}: there is no page {self.operation.again}")

    def _narrowed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {name: arguments[name] for name, _ in self._page_of_form().operation.parameters}

    def _said(self, wrong: BadInput, visit: Visit) -> list[Any]:
        say = self.support.renderer.error_words(visit.language)
        return [{**error, "message": say(error["code"], error["message"])} for error in wrong.errors]

    # --- who it is -------------------------------------------------------------------------------------------------

    def _confirm(self, request: Request, visit: Visit) -> None:
        """A session that was ended no longer counts: here at once, elsewhere after some minutes."""
        session = visit.session
        if session is None:
            return
        if self.support.still_counts is not None:
            unit = Unit(self.server.database.database)
            try:
                counts = self.support.still_counts(unit, session)
            finally:
                unit.close()
            if not counts:
                visit.no_longer_counts()
                return
        elif session.needs_confirming(time.time()):
            raise Moved(addresses.confirmation(request.full_path.rstrip("?")), 307)
        if session.needs_keeping(time.time()):
            kept = session.used(time.time(), confirmed=self.support.still_counts is not None)
            visit.cookies.append(self.support.visits.keep(kept))

    def _admit(self, request: Request, visit: Visit, typed: Typed, arguments: dict[str, Any]) -> None:
        """Raises Moved to who must sign in first, Forbidden for a form of another session or a right that lacks."""
        if not self.operation.signed_in:
            return
        if self.operation.method == "GET" and visit.session is None:
            raise Moved(addresses.sign_in(request.full_path.rstrip("?")))
        if self.operation.csrf and self.operation.method == "POST":
            self._check_form(visit, typed, arguments)
        if self.operation.scope is not None and visit.session and not visit.session.caller.may(self.operation.scope):
            raise Forbidden(f"This needs the scope {self.operation.scope}.", scope=self.operation.scope)

    def _check_form(self, visit: Visit, typed: Typed, arguments: dict[str, Any]) -> None:
        visits, known = self.support.visits, visit.session or visit.lapsed
        if known is None:
            raise Problem(401, detail="Nobody is signed in.")
        if not visits.is_from(known, typed):
            raise Forbidden("The form was not made for this session.", code="form-expired")
        if visit.session is None and self.operation.again is not None:
            with Unit(self.server.database.database) as unit:
                kept_id = KeptForms(unit).keep(visits.seals, known.owner, self.method_name, typed)
            there = self._page_of_form()._filled(self._narrowed(arguments))
            raise Moved(addresses.sign_in(f"/{self.container.service_name}{there}?{KEPT}={kept_id}"))
        if visit.session is None:
            raise Moved(addresses.sign_in(f"/{self.container.service_name}"))

    # --- from request to call, from result to reply ----------------------------------------------------------------

    def _call(self, request: Request, visit: Visit, typed: Typed) -> PageCall:
        return PageCall(
            caller=visit.session.caller if visit.session else ANYONE,
            body=None, query={}, headers=cast(Mapping[str, str], _with_version(request, typed)), method=request.method,
            path=self._below_api(request.path) or "/", base_url=f"/{self.container.service_name}",
            arguments={name: values for name, values in request.args.lists() if name != KEPT and any(values)},
            cursors=Cursors(self.server.sealer, f"page:{self.operation.path}"),
            session=visit.session, language=visit.language, visit=visit, visits=self.support.visits, sent_cookies=request.cookies, again=self._kept(request, visit),
        )  # fmt: skip

    def _kept(self, request: Request, visit: Visit) -> Again | None:
        kept_id = request.args.get(KEPT)
        if kept_id is None or visit.session is None or self.operation.method != "GET":
            return None
        unit = Unit(self.server.database.database)
        try:
            found = KeptForms(unit).kept(self.support.visits.seals, kept_id, visit.session.owner)
        finally:
            unit.close()
        return Again(found[0], found[1], was_kept=True) if found else None

    def _filled(self, arguments: dict[str, Any]) -> str:
        """The path with its parameters filled in."""
        return self.operation.filled({name: quote(str(value)) for name, value in arguments.items()})

    def _reply(self, call: BaseCall, result: Any) -> Reply:
        assert isinstance(call, PageCall)
        if isinstance(result, Answer):
            reply = self._writer.reply(result)
            reply.headers = HEADERS | reply.headers
        elif isinstance(result, SeeOther):
            reply = Reply(303, HEADERS | {"Location": result.path if result.elsewhere else call.url(result.path)})
            if result.told:
                call.cookies.append(self.support.visits.tell(result.told, dict(result.values)))
        else:
            reply = self._html(
                call, result if isinstance(result, Shown) else Shown(self.operation.shows or "", result)
            )
        reply.cookies += call.visit.cookies + call.cookies
        return reply

    def _html(self, call: PageCall, shown: Shown) -> Reply:
        visit = call.visit
        if visit.told:
            call.cookies.append(self.support.visits.forget_told())
        csrf = self.support.visits.csrf(visit.session) if visit.session else ""
        said = {"call": call, "form_errors": bool(call.again and call.again.errors),
                "was_kept": bool(call.again and call.again.was_kept), **shown.facts}  # fmt: skip
        body = self.support.renderer.page(shown.template, visit, path=call.path, csrf=csrf, **said)
        return Reply(shown.status, HEADERS | {"Content-Type": HTML} | dict(shown.headers), body)

    def refusal(self, request: Request, problem: Problem, trace_id: str) -> Reply:
        """A page for people, `application/problem+json` for machines."""
        if wants_problem(request):
            return super().refusal(request, problem, trace_id)
        if isinstance(problem, Moved):
            return Reply(problem.moved_status, HEADERS | {"Location": problem.address})
        visit = self.support.visits.of(request)
        csrf = self.support.visits.csrf(visit.session) if visit.session else ""
        facts = facts_of(problem, trace_id, self._back(request)) | {"call": None, "was_kept": False}
        body = self.support.renderer.page("problem.html", visit, path="", csrf=csrf, **facts)
        kept = {
            name: value for name, value in problem.headers.items() if name in {"Retry-After", "Allow", "Connection"}
        }
        return Reply(problem.status, HEADERS | kept | {"Content-Type": HTML}, body, list(visit.cookies))

    def _back(self, request: Request) -> str | None:
        """Where the form that was sent stands."""
        arguments = request.environ.get("meedoen.arguments")
        if request.method != "POST" or self.operation.again is None or arguments is None:
            return None
        return f"/{self.container.service_name}{self._page_of_form()._filled(self._narrowed(arguments))}"


def _with_version(request: Request, typed: Typed) -> Headers:
    """The request's headers; the version that a form was made from counts as If-Match."""
    headers = Headers(list(request.headers.items()))
    if typed.get(VERSION):
        headers["If-Match"] = f'"{typed[VERSION][0]}"'
    return headers
