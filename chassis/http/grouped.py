"""Requests that come while others of their operation are being handled are handled together, in one transaction.

A transaction costs about the same for ten requests as for one. Nobody waits for company: who finds none under way
begins at once, and who comes meanwhile goes with the next, which one of them leads. What is wrong with one request is
its own answer; when the transaction fails, each is carried out by itself, so that only the one at fault fails
(ADR 0031).
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import psycopg2
import structlog
from eventlet.event import Event

from chassis import metrics
from chassis.database import is_infrastructure, took_too_long
from chassis.failpoints import failpoint
from chassis.http.call import Call
from chassis.http.endpoint import ATTEMPTS, COLLISIONS, Endpoint
from chassis.http.idempotency import Ticket
from chassis.http.problem import Problem
from chassis.http.replies import Reply
from chassis.logs import describe
from chassis.tracing import current_traceparent
from chassis.unit import Unit

log = structlog.get_logger()

_MOST: Final = 50
_LATE: Final = 2
"""So many of a group taken apart may take as long as a statement may; the others would wait for half a minute each."""
_LEAD: Final = object()
"""What who waits is told when the next group is theirs to lead."""


@dataclass(slots=True)
class _Member:
    """One request of a group, and the word that it waits for: to lead, or what became of it."""

    call: Call
    ticket: Ticket | None
    word: Event = field(default_factory=Event)


Outcome = Reply | Exception


class GroupedEndpoint(Endpoint):
    """The entrypoint behind `@endpoint(…, group=True)`."""

    def setup(self) -> None:
        super().setup()
        self._waiting: deque[_Member] = deque()
        self._under_way = False

    def _carried_out(self, call: Call, arguments: dict[str, Any], ticket: Ticket | None) -> Reply:
        call.traceparent = current_traceparent()
        member = _Member(call, ticket)
        self._waiting.append(member)
        if self._under_way and (word := member.word.wait()) is not _LEAD:
            reply: Reply = word
            return reply
        self._under_way = True
        try:
            return self._lead()
        finally:
            self._under_way = bool(self._waiting)
            if self._waiting:
                self._waiting[0].word.send(_LEAD)

    def _lead(self) -> Reply:
        """Carry out all that wait, and tell the others what became of theirs; our own stands first."""
        group = [self._waiting.popleft() for _ in range(min(_MOST, len(self._waiting)))]
        metrics.http_group.labels(self.operation.route).observe(len(group))
        own, *others = self._outcomes(group)
        for member, outcome in zip(group[1:], others, strict=True):
            if isinstance(outcome, Exception):
                member.word.send_exception(outcome)
            else:
                member.word.send(outcome)
        if isinstance(own, Exception):
            raise own
        return own

    def _outcomes(self, group: Sequence[_Member]) -> list[Outcome]:
        if len(group) > 1:
            try:
                return self._together(group)
            except psycopg2.Error as error:
                if is_infrastructure(error) and error.pgcode not in COLLISIONS:
                    # The database is away for all of them: one after the other they would each wait for it again.
                    return [error] * len(group)
                log.info("group_taken_apart", requests=len(group), failure=describe(error))
            except Exception as error:  # noqa: BLE001 (each is carried out by itself, and the one at fault says so)
                log.info("group_taken_apart", requests=len(group), failure=describe(error))
        return self._apart(group)

    def _apart(self, group: Sequence[_Member]) -> list[Outcome]:
        """Each by itself; when a few took too long, whatever holds them up holds up the rest, and they are told so."""
        outcomes: list[Outcome] = []
        for place, member in enumerate(group):
            late = [outcome for outcome in outcomes if isinstance(outcome, Exception) and took_too_long(outcome)]
            if len(late) >= _LATE:
                log.warning("group_given_up", tried=place, requests=len(group))
                return [*outcomes, *[late[-1]] * (len(group) - place)]
            outcomes.append(self._alone(member))
        return outcomes

    def _alone(self, member: _Member) -> Outcome:
        for left in reversed(range(ATTEMPTS)):
            try:
                return self._together([member])[0]
            except Exception as error:  # noqa: BLE001 (handed to the waiting request, which answers and reports it)
                if not left or not isinstance(error, psycopg2.Error) or error.pgcode not in COLLISIONS:
                    return error
        raise AssertionError("the last attempt answers or raises")

    def _together(self, group: Sequence[_Member]) -> list[Outcome]:
        """In one transaction. Raises what undoes all of it."""
        unit = Unit(self.server.database.database, traceparent=group[0].call.traceparent)
        try:
            known = self.server.idempotency.begin_all(unit, [member.ticket for member in group])
            fresh = [member for member, answer in zip(group, known, strict=True) if answer is None]
            made = iter(self._handled_in_worker(unit, fresh) if fresh else ())
            return [next(made) if answer is None else answer for answer in known]
        finally:
            unit.close()

    def _handled_in_worker(self, unit: Unit, fresh: Sequence[_Member]) -> list[Outcome]:
        done = Event()
        finish = partial(self._finish_all, done, unit, fresh)
        worker = self.container.spawn_worker(self, ([one.call for one in fresh],), {}, handle_result=finish)
        worker.unit = unit
        outcomes: list[Outcome] = done.wait()
        return outcomes

    def _finish_all(
        self, done: Event, unit: Unit, fresh: Sequence[_Member], _: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        try:
            if exc_info is None:
                outcomes = [self._outcome(unit, *one) for one in zip(fresh, result, strict=True)]
                failpoint("http-before-commit")
                unit.commit()
                failpoint("http-after-commit")
                done.send(outcomes)
                return result, None
        except Exception:  # noqa: BLE001 (handed to who leads)
            exc_info = sys.exc_info()
        done.send(None, exc_info)
        return None, exc_info

    def _outcome(self, unit: Unit, member: _Member, result: Any) -> Outcome:
        if isinstance(result, Problem):
            return result
        reply = self._reply(member.call, result)
        if member.ticket is not None and reply.status < 400:
            self.server.idempotency.keep(unit, member.ticket, reply, member.call.subject)
        return reply
