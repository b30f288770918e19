"""What all pages of a process share: how visits are read, sessions confirmed and pages rendered."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property

from nameko.extensions import SharedExtension

from chassis.database import Database
from chassis.identity import Caller
from chassis.pages import session as sessions
from chassis.pages.rendering import Renderer
from chassis.pages.session import Session
from chassis.pages.settings import PageSettings
from chassis.pages.visit import Visits
from chassis.service_database import configured
from chassis.unit import Unit


def taken_at_its_word(visits: Visits, sealed: str) -> Session | None:
    """A session that was confirmed not long ago where people sign in; None for any other."""
    session, now = sessions.opened(visits.seals, sealed), time.time()
    return (
        None if session is None or session.is_over(visits.settings, now) or session.needs_confirming(now) else session
    )


class PageSupport(SharedExtension):
    """`support = PageSupport()` in an extension: one per process.

    `still_counts` is set by the service that signs people in: it asks its own database at each request. Elsewhere it is
    None, and that service is asked now and then.
    """

    still_counts: Callable[[Unit, Session], bool] | None = None

    @cached_property
    def visits(self) -> Visits:
        return Visits(configured(self.container, PageSettings))

    def caller_of(self, database: Database, sealed: str) -> Caller | None:
        """Who is signed in by this session; None when it counts no longer, or cannot be asked about here."""
        if self.still_counts is None:
            session = taken_at_its_word(self.visits, sealed)
            return session.caller if session else None
        session = sessions.opened(self.visits.seals, sealed)
        if session is None or session.is_over(self.visits.settings, time.time()):
            return None
        with Unit(database) as unit:
            return session.caller if self.still_counts(unit, session) else None

    @cached_property
    def renderer(self) -> Renderer:
        cls = self.container.service_cls
        return Renderer(cls.name, cls.page_words)
