"""Who is signed in, at a service that has no pages yet: pages of others ask it in their name (ADR 0022)."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from chassis.http.server import Server
from chassis.identity import Caller
from chassis.pages.settings import PageSettings
from chassis.pages.shared import taken_at_its_word
from chassis.pages.visit import Visits
from chassis.service_database import configured


class KnowsSessions(DependencyProvider):
    """`sessions = KnowsSessions()`: endpoints take `Authorization: Session …` beside bearer tokens."""

    server = Server()

    def start(self) -> None:
        visits = Visits(configured(self.container, PageSettings))

        def caller_of(sealed: str) -> Caller | None:
            session = taken_at_its_word(visits, sealed)
            return session.caller if session else None

        self.server.admission.sessions = caller_of

    def get_dependency(self, worker_ctx: Any) -> None:
        """Nothing to use: it only makes sessions known."""
