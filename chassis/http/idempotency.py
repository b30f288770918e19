"""Requests that may be sent again: the same key gets the same answer, and the work is done once (ADR 0006).

Key and request are kept as HMACs, the answer sealed, in the transaction that it answers for. After a crash the request
was either done, and is answered from here, or it was not, and is done now.
"""

from __future__ import annotations

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
        store = IdempotencyStore(unit)
        store.write("claim", lock=ticket.lock)
        kept = store.row("kept", key=ticket.key)
        if kept is None or not kept["claimed"]:
            raise Problem(
                409, "Still running", "A request with this Idempotency-Key is still being handled.",
                type="idempotency-running", headers={"Retry-After": "1"},
            )  # fmt: skip
        if kept["request"] is None:
            return None
        if bytes(kept["request"]) != ticket.request:
            raise Problem(
                422, "Key used before", "This Idempotency-Key came with another request before; use a new one.",
                type="idempotency-key-reused",
            )  # fmt: skip
        http_replayed.inc()
        return self._opened(bytes(kept["answer"]), ticket.key)

    def keep(self, unit: Unit, ticket: Ticket, reply: Reply, about: str | None) -> None:
        """Keep the answer in the unit that it answers for."""
        plain = orjson.dumps([reply.status, reply.headers, reply.body.decode()])
        sealed = self._sealer.seal(_PURPOSE, plain, ticket.key)
        params: dict[str, Any] = {"key": ticket.key, "request": ticket.request, "answer": sealed, "about": about}
        IdempotencyStore(unit).write("keep", now=unit.now, **params)

    def _opened(self, sealed: bytes, key: bytes) -> Reply:
        try:
            status, headers, body = orjson.loads(self._sealer.unseal(_PURPOSE, sealed, key))
        except Unopenable as problem:
            raise Problem(500, detail="The kept answer cannot be opened with the present key.") from problem
        return Reply(status, {**headers, REPLAYED[0]: REPLAYED[1]}, body.encode())
