"""An answer on its way out: status, headers, bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from marshmallow import Schema

from chassis.http.call import Answer
from chassis.http.operation import Operation
from chassis.http.paging import Page
from chassis.http.problem import CONTENT_TYPE, Problem


@dataclass(slots=True)
class Reply:
    """What goes to the client, but for the headers that every answer has."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cookies: list[str] = field(default_factory=list)
    """Values of Set-Cookie, each a header of its own."""

    @classmethod
    def of_problem(cls, problem: Problem, trace_id: str | None) -> Reply:
        """A problem as a reply."""
        return cls(problem.status, {"Content-Type": CONTENT_TYPE, **problem.headers}, problem.body(trace_id))


class Writer:
    """Turns what the handlers of one operation return into replies; its schema is made once."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._schema: Schema | None = operation.returns() if operation.returns else None

    def reply(self, result: Any) -> Reply:
        """From a dictionary, a Page, an Answer or None. Raises ValueError for a header that cannot be sent."""
        answer = result if isinstance(result, Answer) else Answer(result)
        headers = dict(answer.headers)
        if answer.etag is not None:
            headers["ETag"] = f'"{answer.etag}"'
        for name, value in headers.items():
            if not (value.isascii() and value.isprintable()):
                raise ValueError(f"header {name} would break the answer: visible ASCII alone")
        status = answer.status or (204 if answer.payload is None else self._operation.status)
        if answer.payload is None:
            return Reply(status, headers)
        headers["Content-Type"] = answer.content_type or self._operation.produces
        return Reply(status, headers, self._bytes(answer.payload))

    def _bytes(self, payload: Any) -> bytes:
        if isinstance(payload, bytes):
            return payload
        if isinstance(payload, str):
            return payload.encode()
        if isinstance(payload, Page):
            return orjson.dumps(
                {"items": self._dump(list(payload.items), many=True), "next": payload.next}, default=str
            )
        return orjson.dumps(self._dump(payload, many=False), default=str)

    def _dump(self, payload: Any, *, many: bool) -> Any:
        return self._schema.dump(payload, many=many) if self._schema is not None else payload
