"""Who may open a page or send a form: a session that still counts, a form that was made for it, a right."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request

from chassis.database import Database
from chassis.http.problem import Forbidden, Problem
from chassis.pages import addresses
from chassis.pages.forms import KEPT, Typed
from chassis.pages.kept import LAPSED, KeptForms
from chassis.pages.operation import PageOperation
from chassis.pages.shared import PageSupport
from chassis.pages.visit import Visit
from chassis.unit import Unit


class Moved(Problem):
    """The browser has to go somewhere else first, and comes back. To a machine it is a refusal."""

    def __init__(self, address: str, moved_status: int = 303) -> None:
        super().__init__(401, detail="Sign in first.")
        self.address, self.moved_status = address, moved_status


class Door:
    """The door of one page. `form` is what its form is called, `page_of_form` the address that it stands at."""

    def __init__(
        self, support: PageSupport, database: Database, operation: PageOperation, form: str,
        page_of_form: Callable[[dict[str, Any]], str],
    ) -> None:  # fmt: skip
        self._support = support
        self._database = database
        self._operation = operation
        self._form = form
        self._page_of_form = page_of_form

    def confirm(self, request: Request, visit: Visit) -> None:
        """A session that was ended counts no longer: here at once, elsewhere after some minutes. Raises Moved."""
        session, now = visit.session, time.time()
        if session is None:
            return
        if self._support.still_counts is not None:
            with Unit(self._database) as unit:
                if not self._support.still_counts(unit, session):
                    visit.no_longer_counts()
                    return
        elif session.needs_confirming(now):
            # 307 keeps the form that may be on its way.
            raise Moved(addresses.confirmation(_address(request)), 307)
        if session.needs_keeping(now):
            kept = session.used(now, confirmed=self._support.still_counts is not None)
            visit.session = kept
            visit.cookies.append(self._support.visits.keep(kept))

    def admit(self, request: Request, visit: Visit, typed: Typed, arguments: dict[str, Any]) -> None:
        """Raises Moved to who must sign in first, Forbidden for a form of another session or a right that lacks."""
        if not self._operation.signed_in:
            return
        if self._operation.method == "POST":
            self._check_form(visit, typed, arguments)
        elif visit.session is None:
            raise Moved(addresses.sign_in(_address(request)))
        if self._operation.scope and visit.session and not visit.session.caller.may(self._operation.scope):
            raise Forbidden(f"This needs the scope {self._operation.scope}.", scope=self._operation.scope)

    def _check_form(self, visit: Visit, typed: Typed, arguments: dict[str, Any]) -> None:
        """Of this session, or else nothing is done with it. What a session that is over had filled in is kept."""
        session, maker = visit.session, self._support.visits.maker(typed)
        if maker is not None and maker.is_session(session):
            return
        owner = maker.owner if maker else ""
        if maker is not None and visit.lapsed is not None and maker.is_session(visit.lapsed):
            owner = visit.lapsed.owner
        if not owner:
            raise _not_ours() if session or visit.lapsed else Problem(401, detail="Nobody is signed in.")
        if session is None:
            raise Moved(addresses.sign_in(self.kept_at(owner, typed, LAPSED, arguments)))
        if self._operation.again is None:
            raise _not_ours()
        kept_at = self.kept_at(owner, typed, LAPSED, arguments)
        if session.owner == owner:
            raise Moved(kept_at)
        raise Forbidden("The form was filled in by somebody else.", code="form-of-another", kept_at=kept_at)

    def kept_at(
        self, owner: str, typed: Typed, because: str, arguments: dict[str, Any], **more: Any
    ) -> str:  # fmt: skip
        """Keep a form that could not be taken; the address of its page, where its owner finds it again."""
        page = self._page_of_form(arguments)
        if self._operation.again is None:
            return page
        with Unit(self._database) as unit:
            kept_id = KeptForms(unit).keep(self._support.visits.seals, owner, self._form, typed, because, **more)
        return f"{page}?{KEPT}={kept_id}"


def _not_ours() -> Forbidden:
    return Forbidden("The form was not made for this session.", code="form-expired")


def _address(request: Request) -> str:
    return request.full_path.rstrip("?")
