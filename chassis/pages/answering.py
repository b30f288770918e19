"""From what a handler gives, or from a problem, to the reply that a browser gets."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request

from chassis.http.headers import HTML
from chassis.http.problem import Problem
from chassis.http.replies import Reply
from chassis.pages.admitting import Moved
from chassis.pages.call import PageCall, SeeOther, Shown
from chassis.pages.headers import HEADERS
from chassis.pages.refusing import facts_of
from chassis.pages.shared import PageSupport

_KEPT = frozenset({"Retry-After", "Allow", "Connection"})
"""What of a problem's headers means something to a browser."""


def see_other(support: PageSupport, call: PageCall, result: SeeOther) -> Reply:
    """Go on, with a sentence to say there."""
    if result.told:
        call.cookies.append(support.visits.tell(result.told, dict(result.values)))
    address = result.path if result.elsewhere else call.url(result.path)
    return Reply(303, HEADERS | {"Location": address}, cookies=[*call.visit.cookies, *call.cookies])


def shown(support: PageSupport, call: PageCall, result: Shown) -> Reply:
    """A page."""
    visit = call.visit
    if visit.told:
        call.cookies.append(support.visits.forget_told())
    again = call.again if call.shows_again else None
    said: dict[str, Any] = {
        "call": call,
        "this_page": call.here(),
        "form_errors": bool(again and again.errors),
        "was_kept": again.was_kept if again else "",
    }
    body = support.renderer.page(
        result.template, visit, path=call.path, csrf=_csrf(support, call.visit), **said | {**result.facts}
    )
    headers = HEADERS | {"Content-Type": HTML} | dict(result.headers)
    return Reply(result.status, headers, body, [*visit.cookies, *call.cookies])


def refused(support: PageSupport, request: Request, problem: Problem, trace_id: str, back: str | None) -> Reply:
    """A problem as a page: what happened, and what to do."""
    visit = support.visits.of(request)
    if isinstance(problem, Moved):
        return Reply(problem.moved_status, HEADERS | {"Location": problem.address}, cookies=list(visit.cookies))
    facts = facts_of(problem, trace_id, back, is_sent=request.method == "POST")
    facts |= {"call": None, "this_page": "", "was_kept": "", "kept_at": problem.extra.get("kept_at")}
    body = support.renderer.page("problem.html", visit, path="", csrf=_csrf(support, visit), **facts)
    headers = {name: value for name, value in problem.headers.items() if name in _KEPT}
    return Reply(problem.status, HEADERS | headers | {"Content-Type": HTML}, body, list(visit.cookies))


def _csrf(support: PageSupport, visit: Any) -> str:
    return support.visits.csrf(visit.session) if visit.session else ""
