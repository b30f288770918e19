"""Clients whose tokens no longer count, though they have not expired. Each service keeps its own list from events."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from chassis.database import Database
from chassis.identity import Caller
from chassis.store import Store
from chassis.unit import Unit

REMEMBERED_SECONDS: Final = 5.0
_MOST_REMEMBERED: Final = 10_000


class RevocationStore(Store, sql="revocation.sql"):
    """The list of one service."""

    def revoke_client(self, client_id: str, issued_before: datetime) -> None:
        """From now on refuse this client's tokens that were issued before this moment."""
        self.run("revoke_client", client_id=client_id, issued_before=issued_before)

    def client_revoked_before(self, client_id: str) -> datetime | None:
        """Since when this client's tokens count; None when that was never said."""
        moment: datetime | None = self.value("client_revoked_before", client_id=client_id)
        return moment


def revoke(store: Store, client_id: str, issued_before: datetime) -> None:
    """What handlers of PartnerRegistered and PartnerChanged call, in their own transaction."""
    RevocationStore(store.unit).revoke_client(client_id, issued_before)


class Revocations:
    """The list as HTTP consults it: at most :data:`REMEMBERED_SECONDS` old."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._remembered: dict[str, tuple[float, datetime | None]] = {}

    def has_revoked(self, caller: Caller) -> bool:
        """Whether this caller's token was revoked. Raises psycopg2.Error while the database is away."""
        if caller.kind != "client":
            return False
        before = self._before(caller.id)
        if before is None:
            return False
        # Many issuers say whole seconds: such a token is compared by the second, or a fresh one would be refused.
        whole = caller.issued_at.is_integer()
        return caller.issued_at < (int(before.timestamp()) if whole else before.timestamp())

    def _before(self, client_id: str) -> datetime | None:
        until, before = self._remembered.get(client_id, (float("-inf"), None))
        if until > self._clock():
            return before
        unit = Unit(self._database)
        try:
            before = RevocationStore(unit).client_revoked_before(client_id)
        finally:
            unit.close()
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[client_id] = (self._clock() + REMEMBERED_SECONDS, before)
        return before
