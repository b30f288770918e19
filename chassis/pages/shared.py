"""What all pages of a process share: how visits are read, sessions confirmed and pages rendered."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from nameko.extensions import SharedExtension

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

    @cached_property
    def renderer(self) -> Renderer:
        cls = self.container.service_cls
        return Renderer(cls.name, cls.page_words)
