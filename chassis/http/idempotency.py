"""Requests that may be sent again: the same key gets the same answer, and the work is done once (ADR 0006).

Key and request are kept as HMACs, the answer sealed, in the transaction that it answers for. After a crash the request
was either done, and is answered from here, or it was not, and is done now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import orjson

from chassis.http.problem import Problem
from chassis.http.replies import Reply
from chassis.metrics import http_replayed
from chassis.sealing import Sealer, Unopenable
from chassis.store import Store
from chassis.unit import Unit

KEPT_FOR: Final = timedelta(days=7)
REPLAYED: Final = ("Idempotency-Replayed", "true")
_PURPOSE: Final = "idempotent-answer"


class IdempotencyStore(Store, sql="idempotency.sql"):
    """The answers that are kept."""

    def forget_old(self, most: int = 1000) -> int:
        """Delete answers older than :data:`KEPT_FOR`; how many, `most` at a time."""
        return self.run("forget_old", before=self.now - KEPT_FOR, most=most)

    def forget_about(self, subject: str) -> int:
        """Delete answers about someone who is erased."""
        return self.run("forget_about", about=subject)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request under one key."""

    key: bytes
    request: bytes

    @property
    def lock(self) -> int:
        """The number of this key's advisory lock."""
        return int.from_bytes(self.key[:8], "big", signed=True)


class Idempotency:
    """Recognises requests and keeps answers, for all endpoints of a service."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def ticket(self, key: str, *parts: bytes, caller: str) -> Ticket:
        """The ticket of a caller's key; `parts` are all that makes the request what it is."""
        named = orjson.dumps([caller, key.strip('"')])
        said = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return Ticket(self._sealer.digest("idempotency-key", named), self._sealer.digest("idempotency-request", said))

    def begin(self, unit: Unit, ticket: Ticket) -> Reply | None:
        """The answer of an earlier time, or None: go ahead. Raises a Problem: 409 still running, 422 another one."""
        (found,) = self.begin_all(unit, [ticket])
        if isinstance(found, Problem):
            raise found
        return found

    def begin_all(self, unit: Unit, tickets: Sequence[Ticket | None]) -> list[Reply | Problem | None]:
        """The same for requests that are handled together; those without a ticket go ahead."""
        keyed = [ticket for ticket in tickets if ticket is not None]
        if not keyed:
            return [None] * len(tickets)
        store = IdempotencyStore(unit)
        store.write("claim", locks=[ticket.lock for ticket in keyed])
        found: list[Reply | Problem | None] = []
        rows, seen = iter(store.rows("kept", keys=[ticket.key for ticket in keyed])), set()
        for ticket in tickets:
            if ticket is None:
                found.append(None)
                continue
            row = next(rows)
            # Of a key that comes twice at once, the lock is ours both times.
            is_first = ticket.key not in seen
            seen.add(ticket.key)
            found.append(self._found(ticket, row) if row["claimed"] and is_first else _still_running())
        return found

    def _found(self, ticket: Ticket, row: dict[str, Any]) -> Reply | Problem | None:
        if row["request"] is None:
            return None
        if bytes(row["request"]) != ticket.request:
            return Problem(
                422, "Key used before", "This Idempotency-Key came with another request before; use a new one.",
                type="idempotency-key-reused",
            )  # fmt: skip
        http_replayed.inc()
        return self._opened(bytes(row["answer"]), ticket.key)

    def keep(self, unit: Unit, ticket: Ticket, reply: Reply, about: str | None) -> None:
        """Keep the answer in the unit that it answers for."""
        plain = orjson.dumps([reply.status, reply.headers, reply.body.decode()])
        sealed = self._sealer.seal(_PURPOSE, plain, ticket.key)
        params: dict[str, Any] = {"key": ticket.key, "request": ticket.request, "answer": sealed, "about": about}
        IdempotencyStore(unit).write("keep", now=unit.now, **params)

    def _opened(self, sealed: bytes, key: bytes) -> Reply | Problem:
        try:
            status, headers, body = orjson.loads(self._sealer.unseal(_PURPOSE, sealed, key))
        except Unopenable:
            return Problem(500, detail="The kept answer cannot be opened with the present key.")
        return Reply(status, {**headers, REPLAYED[0]: REPLAYED[1]}, body.encode())


def _still_running() -> Problem:
    return Problem(
        409, "Still running", "A request with this Idempotency-Key is still being handled.",
        type="idempotency-running", headers={"Retry-After": "1"},
    )  # fmt: skip
