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
        session = sessions.opened(self.visits.seals, sealed)
        if session is None or session.is_over(self.visits.settings, time.time()):
            return None
        if self.still_counts is None:
            return None if session.needs_confirming(time.time()) else session.caller
        with Unit(database) as unit:
            return session.caller if self.still_counts(unit, session) else None

    @cached_property
    def renderer(self) -> Renderer:
        cls = self.container.service_cls
        return Renderer(cls.name, cls.page_words)
