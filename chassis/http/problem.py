"""What went wrong, as `application/problem+json` (RFC 9457). Raise one anywhere in a handler."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final, NotRequired, TypedDict

import orjson

CONTENT_TYPE: Final = "application/problem+json"
TYPE_HOME: Final = "https://meedoen.example/problems/"


class FieldError(TypedDict):
    """One invalid field: where it came in, its path with dots, what is wrong in words (Dutch too) and as a code.

    `most` is how much there may be, of what is too long; `also` are other fields that it is about just as much.
    """

    location: str
    field: str
    message: str
    code: str
    message_dutch: NotRequired[str]
    most: NotRequired[int]
    also: NotRequired[list[str]]


def field_error(location: str, field: str, message: str, code: str = "invalid") -> FieldError:
    """One invalid field; `location` is body, query, path or header."""
    return {"location": location, "field": field, "message": message, "code": code}


class Problem(Exception):
    """The request could not be carried out, and this is why. `detail` and `extra` may name no person."""

    tells_no_data = True

    def __init__(
        self,
        status: int,
        title: str | None = None,
        detail: str | None = None,
        type: str = "about:blank",  # noqa: A002 (the member's name in RFC 9457)
        errors: list[FieldError] | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        self.status = status
        self.title = title or HTTPStatus(status).phrase
        self.detail = detail or self.title
        self.type = type if ":" in type else f"{TYPE_HOME}{type}"
        self.errors = errors or []
        self.headers = headers or {}
        self.extra = extra
        super().__init__(f"{status} {self.title}: {self.detail}")

    def body(self, trace_id: str | None = None) -> bytes:
        """The bytes to send."""
        members: dict[str, Any] = {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }
        if self.errors:
            members["errors"] = [_said(error) for error in self.errors]
        if trace_id:
            members["traceId"] = trace_id
        return orjson.dumps(members, default=str)


def _said(error: FieldError) -> dict[str, str]:
    said = {"in": error["location"], "field": error["field"], "message": error["message"], "code": error["code"]}
    return said | ({"messageDutch": error["message_dutch"]} if "message_dutch" in error else {})


class BadInput(Problem):
    """400: some fields are invalid; all of them are told at once."""

    def __init__(self, errors: list[FieldError], detail: str | None = None, **extra: Any) -> None:
        count = len(errors)
        said = detail or ("One field is invalid." if count == 1 else f"{count} fields are invalid.")
        super().__init__(400, "Invalid input", said, type="invalid-input", errors=errors, **extra)

    @classmethod
    def field(cls, field: str, message: str, code: str = "invalid", location: str = "body") -> BadInput:
        """For a rule that a handler finds broken: one field, and why."""
        return cls([field_error(location, field, message, code)], message)


class Unauthenticated(Problem):
    """401: who is calling is not known. The detail says why, and never repeats the token."""

    def __init__(self, detail: str, error: str | None = None) -> None:
        challenge = 'Bearer realm="meedoen"' + (f', error="{error}", error_description="{detail}"' if error else "")
        super().__init__(401, detail=detail, headers={"WWW-Authenticate": challenge})


class Forbidden(Problem):
    """403: the caller is known and may not do this."""

    def __init__(self, detail: str = "You may not do this.", **extra: Any) -> None:
        super().__init__(403, detail=detail, **extra)


class NotFound(Problem):
    """404: it is not there, or not for this caller to know of."""

    def __init__(self, detail: str = "There is nothing here.", **extra: Any) -> None:
        super().__init__(404, detail=detail, **extra)


class Conflict(Problem):
    """409: it is there, but its state does not allow this."""

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(409, detail=detail, **extra)


class Unavailable(Problem):
    """503: something that this needs is away for now; the same request may be sent again."""

    def __init__(self, detail: str, retry_after: int = 5, **extra: Any) -> None:
        super().__init__(503, detail=detail, headers={"Retry-After": str(retry_after)}, **extra)


class TookTooLong(Unavailable):
    """503: the database was at it for as long as it may, and undid all of it."""

    def __init__(self) -> None:
        super().__init__(
            "This took the database longer than it may, and nothing of it has happened. Ask for less at once, or send "
            "the same request again later.",
            retry_after=60,
            title="Took too long",
            type="took-too-long",
            code="took-too-long",
        )
